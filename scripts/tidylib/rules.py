"""All rules together."""
from tidylib import cpp_functions, exceptions, layer_rules, text_rules, tree_rules

RULES = (text_rules.check, cpp_functions.check, tree_rules.check, layer_rules.check)


def findings(tree):
    """What there is to mend in the tree, in the order of the files."""
    return sorted(exceptions.apply(tree, [found for rule in RULES for found in rule(tree)]))
