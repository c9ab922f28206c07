"""Printed papers (Nghị định 30/2020/NĐ-CP): set, worded, numbered, issued, registered, verified.

`press` makes pages and PDFs; `kinds` says which papers there are; `letterheads` and `wording` hold what a body prints;
`frame` puts these together for a builder; `issuing` freezes and registers.
"""

from khuyencong.documents.press import STATIC_PREFIX, Attached, Document, StaticFetcher, merge, pdf_response

__all__ = ["STATIC_PREFIX", "Attached", "Document", "StaticFetcher", "merge", "pdf_response"]
