"""A tree that knows how deep it is."""


class Tree:
    def __init__(self, *branches):
        self.branches = branches

    def depth(self):
        return 1 + max((branch.depth() for branch in self.branches), default=0)


print(Tree(Tree(), Tree(Tree())).depth())
