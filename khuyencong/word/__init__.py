"""A printed paper as a Word file (.docx) that a clerk can mend and sign.

One template feeds both: the HTML of a paper, which WeasyPrint makes a PDF of, is turned into paragraphs with named
styles, real tables, sections and page numbers. Nothing is drawn that a clerk could not edit.
"""

from khuyencong.word.convert import CONTENT_TYPE, NotUnderstoodWarning, to_docx

__all__ = ["CONTENT_TYPE", "NotUnderstoodWarning", "to_docx"]
