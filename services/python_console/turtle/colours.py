"""Colours by the names of Tk, which Python's own turtle draws with, as a browser understands them."""

import re

# Names that browsers and Tk share.
_COMMON_NAMES = """
    aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown burlywood cadetblue
    chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey
    darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue darkslategray
    darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey dodgerblue firebrick floralwhite forestgreen
    fuchsia gainsboro ghostwhite gold goldenrod gray green greenyellow grey honeydew hotpink indianred indigo ivory khaki
    lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen
    lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime
    limegreen linen magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue
    mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive
    olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum
    powderblue purple red rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue
    slategray slategrey snow springgreen steelblue tan teal thistle tomato turquoise violet wheat white whitesmoke yellow
    yellowgreen
"""
# Names of Tk alone.
_OTHERS = {
    'lightgoldenrod': '#eedd82',
    'lightslateblue': '#8470ff',
    'navyblue': '#000080',
    'violetred': '#d02090',
}
# Many names come in four shades: this is the first, and the others are so many parts of it, to within what an eye can tell.
_FIRST_SHADES_OF = """
    antiquewhite:ffefdb aquamarine:7fffd4 azure:f0ffff bisque:ffe4c4 blue:0000ff brown:ff4040 burlywood:ffd39b cadetblue:98f5ff
    chartreuse:7fff00 chocolate:ff7f24 coral:ff7256 cornsilk:fff8dc cyan:00ffff darkgoldenrod:ffb90f darkolivegreen:caff70
    darkorange:ff7f00 darkorchid:bf3eff darkseagreen:c1ffc1 darkslategray:97ffff deeppink:ff1493 deepskyblue:00bfff
    dodgerblue:1e90ff firebrick:ff3030 gold:ffd700 goldenrod:ffc125 green:00ff00 honeydew:f0fff0 hotpink:ff6eb4 indianred:ff6a6a
    ivory:fffff0 khaki:fff68f lavenderblush:fff0f5 lemonchiffon:fffacd lightblue:bfefff lightcyan:e0ffff lightgoldenrod:ffec8b
    lightpink:ffaeb9 lightsalmon:ffa07a lightskyblue:b0e2ff lightsteelblue:cae1ff lightyellow:ffffe0 magenta:ff00ff
    maroon:ff34b3 mediumorchid:e066ff mediumpurple:ab82ff mistyrose:ffe4e1 navajowhite:ffdead olivedrab:c0ff3e orange:ffa500
    orangered:ff4500 orchid:ff83fa palegreen:9aff9a paleturquoise:bbffff palevioletred:ff82ab peachpuff:ffdab9 pink:ffb5c5
    plum:ffbbff purple:9b30ff red:ff0000 rosybrown:ffc1c1 royalblue:4876ff salmon:ff8c69 seagreen:54ff9f seashell:fff5ee
    sienna:ff8247 skyblue:87ceff slateblue:836fff slategray:c6e2ff snow:fffafa springgreen:00ff7f steelblue:63b8ff tan:ffa54f
    thistle:ffe1ff tomato:ff6347 turquoise:00f5ff violetred:ff3e96 wheat:ffe7ba yellow:ffff00
"""
_COMMON = frozenset(_COMMON_NAMES.split())
_FIRST_SHADES = dict(pair.split(':') for pair in _FIRST_SHADES_OF.split())
_SHADES = {'1': 1.0, '2': 0.932, '3': 0.8039, '4': 0.5451}

_NUMBERS = re.compile('#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{9}|[0-9a-f]{12})')
_SHADE = re.compile('([a-z]+)([1-4])')
_GRAY = re.compile('gr[ae]y([0-9]|[1-9][0-9]|100)')


def colour_of(name):
    """Return what a browser calls the colour that Tk calls `name`, or None when Tk knows no such colour."""
    name = name.lower().replace(' ', '')
    if name in _COMMON:
        return name
    if name in _OTHERS:
        return _OTHERS[name]
    if _NUMBERS.fullmatch(name):
        digits = (len(name) - 1) // 3
        parts = [name[1 + digits * part : 1 + digits * (part + 1)] for part in range(3)]
        # The first two digits count most; one digit stands for both.
        return '#' + ''.join((part * 2)[:2] if digits == 1 else part[:2] for part in parts)
    gray = _GRAY.fullmatch(name)
    if gray:
        return in_numbers([int(gray[1]) * 2.55] * 3)
    shade = _SHADE.fullmatch(name)
    if shade and shade[1] in _FIRST_SHADES:
        first = _FIRST_SHADES[shade[1]]
        return in_numbers([int(first[at : at + 2], 16) * _SHADES[shade[2]] for at in (0, 2, 4)])
    return None


def in_numbers(parts):
    """Return three numbers from 0 to 255 as a colour."""
    return '#' + ''.join(f'{min(max(round(part), 0), 255):02x}' for part in parts)
