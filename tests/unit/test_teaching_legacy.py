"""The original's exercises and worksheets in XML: what they meant is kept, what they got wrong is not."""

import pytest

from ivle.teaching.bounds import TooMuch
from ivle.teaching.course import WorksheetText, course_of
from ivle.teaching.definition import CallSuite, Case, Check, Definition
from ivle.teaching.legacy import exercise_of_xml
from ivle.teaching.problems import BadCourse
from ivle.teaching.reading import BadDefinition
from ivle.teaching.xml import BadXml

AREA = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE exercise SYSTEM "exercise.dtd">
<exercise name="The area of a room" rows="7">
  <desc><p>Write <code>area(a, b)</code>&nbsp;for a room.</p>
    <ul><li>in metres</li><li>a &lt; b is <b>no</b> matter</li></ul>
    <script>evil()</script>
  </desc>
  <partial><![CDATA[
    def area(a, b):
        return
  ]]></partial>
  <solution>
    def area(a, b):
        return a * b
  </solution>
  <include>def rounded(text): return round(float(text), 1)</include>
  <case name="A kitchen" function="area">
    <stdin>3
4
</stdin>
    <file name="rooms.txt">kitchen</file>
    <var name="unit" value="'m'"/>
    <var name="words" value="two words"/>
    <arg value="3"/>
    <arg name="b" value="4"/>
    <exception name="ValueError"/>
    <function pass="The kitchen
      has its area" fail="The kitchen is wrong">
      <result/>
    </function>
    <function pass="Nearly" fail="Not nearly" default="ignore">
      <result type="norm">rounded</result>
      <stdout type="norm"/>
      <stderr type="match"/>
      <file name="out.txt" type="check">lambda solution, attempt: True</file>
    </function>
    <function pass="All of it" fail="Not all of it" default="match">
      <result type="check">
        lambda solution, attempt:
            solution == attempt
      </result>
    </function>
  </case>
</exercise>
"""


def exercise(inside, attributes=''):
    return exercise_of_xml(f'<exercise {attributes}>{inside}</exercise>', 'one')


def test_an_exercise_of_the_original_is_a_definition():
    assert exercise_of_xml(AREA, 'area') == Definition(
        name='The area of a room',
        description='Write area(a, b)\xa0for a room.\n\n- in metres\n- a < b is no matter',
        description_format='text',
        starter='def area(a, b):\n    return\n',
        solution='def area(a, b):\n    return a * b\n',
        include='def rounded(text): return round(float(text), 1)\n',
        rows=7,
        suites=(
            CallSuite(
                name='A kitchen',
                function='area',
                arguments=('3',),
                keywords={'b': '4'},
                variables={'unit': "'m'", 'words': "'two words'"},
                allowed_exceptions=('ValueError',),
                stdin='3\n4\n',
                files={'rooms.txt': 'kitchen'},
                cases=(
                    Case('The kitchen has its area', 'The kitchen is wrong', (Check('result'),)),
                    Case(
                        'Nearly',
                        'Not nearly',
                        (
                            Check('result', 'norm', 'rounded\n', as_text=True),
                            Check('stdout', 'norm'),
                            Check('stderr'),
                            Check('file', 'check', 'lambda solution, attempt: True\n', 'out.txt'),
                        ),
                    ),
                    Case(
                        'All of it',
                        'Not all of it',
                        (
                            Check('result', 'check', 'lambda solution, attempt:\n    solution == attempt\n', as_text=True),
                            Check('stdout'),
                            Check('exception'),
                        ),
                    ),
                ),
            ),
        ),
    )


def test_what_a_function_does_not_list_is_ignored():
    made = exercise('<case><function pass="p" fail="f"><stdout/></function></case>')
    assert made.suites[0].cases[0].checks == (Check('stdout'),)


def test_a_value_that_is_matched_is_compared_in_kind_and_not_as_text():
    made = exercise('<case><function><result type="match"/></function></case>')
    assert made.suites[0].cases[0].checks == (Check('result', as_text=False),)


def test_an_exercise_without_a_name_has_that_of_its_file():
    assert exercise('').name == 'one'


@pytest.mark.parametrize('rows', ['many', '-3', '', '99999999999'])
def test_odd_heights_are_the_usual_one(rows):
    assert exercise('', f'rows="{rows}"').rows == 12


@pytest.mark.parametrize(
    ('source', 'error', 'sentence'),
    [
        ('<worksheet/>', BadXml, 'it is a worksheet, not an exercise'),
        ('<exercise><desc></exercise>', BadXml, 'it is not XML: mismatched tag'),
        ('<exercise><case><function><result type="guess"/></function></case></exercise>', BadXml, 'the type of a part is one of'),
        ('<exercise><case function="not a name"/></exercise>', BadDefinition, 'is a name as Python has them'),
        ('<exercise><case><file name="../x"/></case></exercise>', BadDefinition, 'is not the name of a file'),
        ('<!DOCTYPE e [<!ENTITY a "b">]><exercise>&a;</exercise>', BadXml, 'cannot have declarations of its own'),
        ('<exercise>' + '<b>' * 100 + '</b>' * 100 + '</exercise>', TooMuch, 'nested too deeply'),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(source, error, sentence):
    with pytest.raises(error, match=sentence):
        exercise_of_xml(source, 'one')


# -- folders ----------------------------------------------------------------------------------------

WORKSHEET = '<worksheet name="Week 1"><p>x</p><exercise src="sample/area.xml"/></worksheet>'


@pytest.mark.parametrize(
    'files',
    [
        {'area.xml': AREA, 'week1.xml': WORKSHEET, 'subject.xml': '<subject name="151"/>'},
        {'course.toml': 'layout = 1\n', 'exercises/area.xml': AREA, 'worksheets/week1.xml': WORKSHEET, 'pom.xml': '<project/>'},
    ],
    ids=['bare', 'in a course'],
)
def test_a_folder_of_the_original_is_a_course(files):
    course = course_of({name: text.encode() for name, text in files.items()})
    assert course.worksheets == (WorksheetText('week1', 'Week 1', 'xml', WORKSHEET),)
    assert {identifier: definition.name for identifier, definition in course.exercises.items()} == {'area': 'The area of a room'}


def test_other_encodings_that_a_file_declares_are_known():
    text = '<?xml version="1.0" encoding="iso-8859-1"?><exercise name="Größe"/>'
    assert course_of({'a.xml': text.encode('latin-1')}).exercises['a'].name == 'Größe'


def test_all_problems_of_such_a_folder_are_told_at_once():
    files = {
        'a.xml': b'<exercise>\n<b></exercise>',
        'b.xml': b'<html/>',
        'c c.xml': b'<exercise/>',
        'd.xml': b'<exercise name="\xff"/>',
        'e.xml': b'<exercise><case function="1"/></exercise>',
        'f.xml': b'<!DOCTYPE e [<!ENTITY a "b">]><exercise/>',
    }
    with pytest.raises(BadCourse) as caught:
        course_of(files)
    assert [str(problem)[:30] for problem in caught.value.problems] == [
        'a.xml:2: it is not XML: mismat',
        'b.xml:1: it is a html: only ex',
        "c c.xml: 'c c' cannot stand in",
        'd.xml:1: the file is not UTF-8',
        'e.xml: suites[0].function is a',
        'f.xml:1: a document cannot hav',
    ]
