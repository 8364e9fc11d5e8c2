"""How Sphinx builds the documentation: `make docs`."""

project = "sidecharm"
extensions = ["myst_parser"]
root_doc = "index"
exclude_patterns = ["README.md", "requirements.txt"]
nitpicky = True

# Every heading down to this level can be linked to.
myst_heading_anchors = 3

html_theme = "furo"
html_title = "sidecharm"
html_show_sphinx = False
html_copy_source = False
