"""Usage: how much of its room an account takes, as numbers and in words."""

from dataclasses import dataclass

NEARLY_FULL, FULL, OVER = 0.9, 1.0, 1.1


@dataclass(frozen=True)
class Usage:
    """What an account takes: bytes on the disk and files (directories are files, too). A limit of 0 is none.

    `trash` are the bytes among them that emptying the trash frees. `hides` is True when something of the account cannot be
    measured because its owner keeps everybody out; `at` is the moment, by this host's monotonic clock, from which on changes
    may be missing.
    """

    used: int
    limit: int
    files: int
    most_files: int
    trash: int = 0
    hides: bool = False
    at: float = 0.0

    @property
    def share(self) -> float:
        """The larger of the two shares that are taken; 1 is all."""
        shares = [taken / most for taken, most in ((self.used, self.limit), (self.files, self.most_files)) if most]
        return max([*shares, FULL if self.hides else 0.0])

    @property
    def is_nearly_full(self) -> bool:
        return self.share >= NEARLY_FULL

    @property
    def is_full(self) -> bool:
        return self.share >= FULL

    @property
    def is_over(self) -> bool:
        return self.share >= OVER

    @property
    def level(self) -> int:
        """0 while there is room, 1 from 90 %, 2 from 100 %, 3 from 110 %."""
        return self.is_nearly_full + self.is_full + self.is_over

    @property
    def amount(self) -> str:
        """What is taken of what there is, for example '1.9 GiB of 2 GiB'; of the two limits the one that is closer."""
        if self.limit and not (self.most_files and self.files / self.most_files > self.used / self.limit):
            return f'{size_in_words(self.used)} of {size_in_words(self.limit)}'
        if self.most_files:
            return f'{self.files:,} of {self.most_files:,} files'
        return size_in_words(self.used)

    @property
    def sentence(self) -> str:
        """What the person is told: how full it is, what that means, what helps."""
        if self.hides and not self.is_over:
            return (
                'Your files cannot be measured, because a directory of yours shuts its owner out. Until that ends nothing can be '
                'added. Give the directory its permissions back, or delete it.'
            )
        taken = f'Your files take {self.amount}'
        if self.is_full:
            return (
                f'{taken}: nothing can be added until there is room again. Delete what you no longer need, then empty the trash: '
                'until then deleted files take their room. Nothing was lost.'
            )
        if self.is_nearly_full:
            return f'{taken}: there is not much room left. Delete what you no longer need, then empty the trash.'
        return f'{taken}.'

    @property
    def remedy(self) -> str:
        """What helps whoever was refused: how much is taken of what, and how to make room."""
        if self.hides and not self.is_over:
            return self.sentence
        held = f', which holds {size_in_words(self.trash)}' if self.trash else ''
        return (
            f'Your files take {self.amount}. Delete what you no longer need, then empty the trash{held}: until then deleted '
            'files take their room.'
        )

    def as_json(self) -> dict:
        """Return the numbers as they travel in messages."""
        numbers = {'used': self.used, 'limit': self.limit, 'files': self.files, 'most_files': self.most_files}
        return numbers | {'trash': self.trash, 'hides': self.hides}


def size_in_words(size: int) -> str:
    """Return a number of bytes as '12 KiB', '340 MiB' or '1.9 GiB': limits are set in these units."""
    # Rounded down, or something would be said to take all its room while there is some left.
    for unit, least in (('GiB', 1 << 30), ('MiB', 1 << 20)):
        if size >= least:
            tenths = size * 10 // least
            return f'{tenths // 10} {unit}' if tenths % 10 == 0 or tenths >= 1000 else f'{tenths / 10} {unit}'
    return f'{size >> 10} KiB'
