"""Digital signatures: with a key made on the spot, and what is told of PDFs signed elsewhere."""

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from threading import Thread

import pytest
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.tsp import TimeStampReq
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from pkcs11 import Attribute, KeyType, lib
from pkcs11.util.rsa import decode_rsa_private_key
from pkcs11.util.x509 import decode_x509_certificate
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pypdf import PdfReader, PdfWriter

from khuyencong.documents import Document, signatures
from khuyencong.files import bytes_of
from khuyencong.models import AuditEntry, CopyOrigin, SignedCopy
from tests import stories
from tests.factories import thai_nguyen
from tests.khuyencong.documents.handover_minutes import minutes
from tests.khuyencong.scans import issued

MM = 72 / 25.4
OWNER, AUTHORITY, PASSPHRASE = "Trung tâm Khuyến công tỉnh Vĩnh Long", "Tổ chức chứng thực thử nghiệm", "mat khau"


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(subject, key, issuer, issuer_key, *, is_authority=False, stamps_time=False, days=30):
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                not is_authority, not is_authority, False, False, False, is_authority, is_authority, False, False
            ),
            critical=True,
        )
    )  # fmt: skip
    if stamps_time:
        built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return built.sign(issuer_key, hashes.SHA256())


@pytest.fixture(scope="module")
def keys():
    return [rsa.generate_private_key(65537, 2048) for _ in range(2)]


@pytest.fixture(scope="module")
def papers(keys):
    authority_key, owner_key = keys
    authority = certificate(AUTHORITY, authority_key, AUTHORITY, authority_key, is_authority=True)
    return authority, certificate(OWNER, owner_key, AUTHORITY, authority_key)


@pytest.fixture
def house(db, settings):
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    return stories.make_house()


@pytest.fixture
def key_file(tmp_path, settings, keys, papers):
    """The organisation's PKCS#12 file, its passphrase in a file, and the folder of roots; all in the settings."""
    authority, own = papers
    write_key(tmp_path, keys, own, authority)
    (tmp_path / "mat-khau").write_text(PASSPHRASE + "\n")
    (tmp_path / "goc").mkdir()
    (tmp_path / "goc" / "goc.pem").write_bytes(authority.public_bytes(Encoding.PEM))
    settings.SIGNING = settings.SIGNING | {
        "pkcs12": str(tmp_path / "co-quan.p12"), "passphrase_file": str(tmp_path / "mat-khau"),
        "roots": str(tmp_path / "goc"),
    }  # fmt: skip
    return tmp_path


def write_key(folder, keys, own, authority):
    packed = pkcs12.serialize_key_and_certificates(
        b"co-quan", keys[1], own, [authority], BestAvailableEncryption(PASSPHRASE.encode())
    )
    (folder / "co-quan.p12").write_bytes(packed)


@pytest.fixture(scope="module")
def pdf():
    """A paper as the press sets it: PDF/A-3a with tags and fonts of its own."""
    return Document("documents/handover_minutes.html", "bien-ban", minutes()).render_pdf()


@pytest.fixture
def document(house, pdf):
    return issued(house, pages=1, pdf=pdf)


def content_of(copy):
    return bytes_of(copy.file, copy.file.sha256)


def upload(pdf, called="da-ky.pdf"):
    return SimpleUploadedFile(called, pdf, content_type="application/pdf")


def texts(copy):
    return [(finding["tone"], finding["text"]) for finding in copy.findings]


def test_director_signs_and_the_issued_paper_stays_as_it_was(house, document, pdf, key_file):
    copy = signatures.sign_document(document, by=house.director)

    signed = content_of(copy)
    assert signed.startswith(pdf)
    assert bytes_of(document.file, document.sha256) == pdf
    assert (copy.origin, copy.file.name) == (CopyOrigin.SIGNED_HERE, "2026_BBNT_DA-014-ky-so.pdf")
    field = PdfReader(BytesIO(signed)).get_fields()["ChuKySoCoQuan"]
    assert field["/V"]["/SubFilter"] == "/ETSI.CAdES.detached"
    [first, trust, ours] = texts(copy)
    assert first[1].startswith(f"{OWNER} ký lúc ")
    assert first[1].endswith("(giờ do máy ký ghi); nội dung còn nguyên từ lúc ký.")
    assert trust == (
        "good", f"Chứng thư do {AUTHORITY} cấp, nối tới gốc được tin cậy; chưa tra cứu việc thu hồi chứng thư."
    )  # fmt: skip
    assert ours == (
        "good",
        f"Tệp mở đầu đúng từng byte là Biên bản nghiệm thu 03/BB-TTKC do cổng phát hành "
        f"(mã băm {document.sha256[:8]}…).",
    )
    told = AuditEntry.objects.get(action="document.digital_copy")
    assert (told.label, told.actor) == ("Ký số văn bản", house.director)


def test_signature_shows_in_the_top_right_corner(house, document, key_file):
    signed = content_of(signatures.sign_document(document, by=house.director))
    page = PdfReader(BytesIO(signed)).pages[0]
    [widget] = [note.get_object() for note in page["/Annots"] if note.get_object().get("/FT") == "/Sig"]
    right, top = page.mediabox.right, page.mediabox.top
    left, bottom, *_corner = (float(side) for side in widget["/Rect"])
    assert (float(right) - left) / MM == pytest.approx(105 + 15, abs=0.5)
    assert (float(top) - bottom) / MM == pytest.approx(14 + 4, abs=0.5)
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", "-", "-"], input=signed, capture_output=True, check=True).stdout.decode()
        assert f"Số {document.number_text}; thời gian ký: " in " ".join(text.split())
        assert f"Ký bởi: {OWNER}" in " ".join(text.split())
        places = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=signed, capture_output=True, check=True).stdout
        [word] = [line for line in places.decode().splitlines() if ">bởi:<" in line]
        top, bottom = (float(re.search(f'{side}="([0-9.]+)"', word)[1]) for side in ("yMin", "yMax"))
        assert bottom - top == pytest.approx(10 * 1.107, abs=0.1)  # the box of a 10 pt letter of this face
        fonts = subprocess.run(["pdffonts", "-"], input=signed, capture_output=True, check=True).stdout.decode()
        assert "no" not in [line.split()[-5] for line in fonts.splitlines()[2:]]


def test_signing_twice_closed_or_by_others_is_refused(house, document, key_file, settings):
    for person in (house.officer, house.viewer, stories.make_house(thai_nguyen(), "Thái Nguyên").director):
        with pytest.raises(PermissionDenied):
            signatures.sign_document(document, by=person)
    signatures.sign_document(document, by=house.director)
    with pytest.raises(ValidationError, match="đã được ký số"):
        signatures.sign_document(document, by=house.director)
    assert "Sở khác" in foreign_key_refusal(house, document, settings)
    assert SignedCopy.objects.count() == 1


def foreign_key_refusal(house, document, settings):
    settings.SIGNING = settings.SIGNING | {"issuer": "Sở khác"}
    return signatures.sign_refusal(house.director, document)


def test_deputy_signs_for_the_director(house, document, key_file):
    deputy = stories.delegation(house).deputy
    assert signatures.sign_refusal(deputy, document) is None


def test_without_a_key_nobody_signs(house, document):
    assert signatures.sign_refusal(house.director, document) == "Cổng chưa được cài chứng thư số của cơ quan."


@pytest.mark.parametrize("fault", ["passphrase", "missing", "expired", "torn"])
def test_unusable_key_says_what_is_wrong(house, document, key_file, keys, papers, fault):
    messages = {
        "passphrase": "sai mật khẩu hoặc tệp hỏng",
        "missing": "Không đọc được tệp chứng thư",
        "expired": "không còn hiệu lực",
        "torn": "sai mật khẩu hoặc tệp hỏng",
    }
    path = key_file / "co-quan.p12"
    if fault == "passphrase":
        (key_file / "mat-khau").write_text("sai")
    elif fault == "missing":
        path.unlink()
    elif fault == "torn":
        path.write_bytes(path.read_bytes()[:300])
    else:
        write_key(key_file, keys, certificate(OWNER, keys[1], AUTHORITY, keys[0], days=-1), papers[0])
    with pytest.raises(ValidationError, match=messages[fault]):
        signatures.sign_document(document, by=house.director)
    assert SignedCopy.objects.count() == 0


def test_unreachable_time_stamp_is_told(house, document, key_file, settings):
    settings.SIGNING = settings.SIGNING | {"tsa": "http://127.0.0.1:9/"}
    with pytest.raises(ValidationError, match="Không ký được"):
        signatures.sign_document(document, by=house.director)


@pytest.fixture
def time_stamps(keys, papers):
    """The address of a time-stamp authority that answers."""
    made = certificate("Dấu thời gian thử nghiệm", keys[1], AUTHORITY, keys[0], stamps_time=True)
    own, root = (Certificate.load(paper.public_bytes(Encoding.DER)) for paper in (made, papers[0]))
    plain = keys[1].private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    authority = DummyTimeStamper(
        own, PrivateKeyInfo.load(plain), certs_to_embed=SimpleCertificateStore.from_certs([root])
    )

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = authority.request_tsa_response(asked).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_time_stamp_is_told(house, document, key_file, time_stamps, settings):
    settings.SIGNING = settings.SIGNING | {"tsa": time_stamps}
    copy = signatures.sign_document(document, by=house.director)
    assert "(dấu thời gian của Dấu thời gian thử nghiệm); nội dung còn nguyên" in texts(copy)[0][1]

    settings.SIGNING = settings.SIGNING | {"roots": ""}
    unknown = signatures.keep_upload(document, upload(content_of(copy)), by=house.officer)
    assert "(giờ do máy ký ghi)" in texts(unknown)[0][1]


# Uploaded


@pytest.fixture
def signed(house, document, pdf, key_file):
    """The bytes of the paper signed with the key, which nobody has uploaded yet."""
    return signatures._signed(document, pdf)


def test_paper_signed_elsewhere_is_taken_and_told(house, document, signed):
    copy = signatures.keep_upload(document, upload(signed), by=house.officer)
    again = signatures.keep_upload(document, upload(signed), by=house.officer)

    assert (copy.origin, copy.pages, copy.pk) == (CopyOrigin.UPLOADED, [1], again.pk)
    assert [tone for tone, _text in texts(copy)] == ["good", "good", "good"]


def test_annex_in_a_file_of_its_own_is_not_covered(house, pdf, key_file):
    annexed = issued(house, pages=5, number="7/QĐ", pdf=pdf, attachments=[{"name": "phu-luc.pdf", "pages": 4}])
    copy = signatures.sign_document(annexed, by=house.director)
    assert copy.pages == [1]
    assert texts(copy)[-1] == ("wait", "1 phụ lục ở tệp riêng không nằm trong bản ký số này.")


def test_unknown_authority_is_told_but_taken(house, document, signed, settings):
    settings.SIGNING = settings.SIGNING | {"roots": ""}
    copy = signatures.keep_upload(document, upload(signed), by=house.officer)
    assert ("wait", True) in [(tone, "không nối tới gốc nào" in text) for tone, text in texts(copy)]


def test_second_signature_is_told_too(house, document, signed, key_file):
    signer = SimpleSigner.load_pkcs12(str(key_file / "co-quan.p12"), passphrase=PASSPHRASE.encode())
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    twice = sign_pdf(writer, PdfSignatureMetadata(field_name="Thu-hai"), signer=signer).getvalue()
    copy = signatures.keep_upload(document, upload(twice), by=house.officer)
    assert sum(OWNER + " ký" in text for _tone, text in texts(copy)) == 2


def appended(pdf, text="Số tiền: 999.000.000 đồng"):
    """The PDF with one more revision in which the page shows something else."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    writer.update_container(page)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def test_false_papers_are_refused(house, document, pdf, signed, key_file):
    other = issued(house, pages=1, number="09/BB-TTKC")
    rewritten = PdfWriter(clone_from=BytesIO(signed))
    resaved = BytesIO()
    rewritten.write(resaved)
    changed = bytearray(signed)
    changed[len(pdf) // 2] ^= 1
    cases = {
        "chính là văn bản đã phát hành": pdf,
        "không phải Biên bản nghiệm thu 03/BB-TTKC": signatures._signed(other, bytes_of(other.file, other.sha256)),
        "không khớp mã băm": resaved.getvalue(),
        "Tải đúng PDF": bytes(changed),
        "chưa có chữ ký số": appended(pdf),
        "bị thêm, sửa nội dung": signatures._signed(document, appended(pdf)),
        "đã bị sửa sau khi ký": appended(signed),
        "tệp hỏng": signed[: len(pdf) + 500] + b"\nstartxref\n9\n%%EOF\n",
    }
    for message, content in cases.items():
        with pytest.raises(ValidationError, match=message):
            signatures.keep_upload(document, upload(content), by=house.officer)
    with pytest.raises(ValidationError, match="không phải"):
        signatures.keep_upload(document, upload(b"xin chao", "a.pdf"), by=house.officer)
    with pytest.raises(PermissionDenied):
        signatures.keep_upload(document, upload(signed), by=house.viewer)
    assert SignedCopy.objects.count() == 0


def test_broken_signature_is_refused(house, document, signed):
    spoilt = signed.replace(b"/Filter /Adobe.PPKLite", b"/Filter /Adobe.PPKLitf")
    assert spoilt != signed
    with pytest.raises(ValidationError, match="không còn đúng"):
        signatures.keep_upload(document, upload(spoilt), by=house.officer)


def test_field_that_hides_the_text_is_refused(house, document, pdf, key_file, monkeypatch):
    monkeypatch.setattr(signatures, "STAMP", {"width": 200, "height": 290, "right": 5, "top": 3})
    with pytest.raises(ValidationError, match="ngoài chữ ký số"):
        signatures.keep_upload(document, upload(signatures._signed(document, pdf)), by=house.officer)


# Token


TOKEN_LIBRARY = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.mark.skipif(not shutil.which("softhsm2-util"), reason="softhsm2 is not installed")
def test_token_signs_like_a_file(house, document, key_file, keys, papers, settings, monkeypatch):
    (key_file / "tokens").mkdir()
    config = key_file / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {key_file / 'tokens'}\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(config))
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "co-quan", "--pin", "1234", "--so-pin", "1234"],
        check=True, capture_output=True,
    )  # fmt: skip
    plain = keys[1].private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    with lib(TOKEN_LIBRARY).get_token(token_label="co-quan").open(rw=True, user_pin="1234") as session:
        session.create_object({**decode_rsa_private_key(plain), **labelled(KeyType.RSA)})
        session.create_object({**decode_x509_certificate(papers[1].public_bytes(Encoding.DER)), **labelled()})
    (key_file / "mat-khau").write_text("1234")
    settings.SIGNING = settings.SIGNING | {
        "pkcs12": "", "pkcs11_module": TOKEN_LIBRARY, "pkcs11_token": "co-quan", "pkcs11_certificate": "chung-thu",
    }  # fmt: skip

    copy = signatures.sign_document(document, by=house.director)
    assert copy.findings[0]["text"].startswith(OWNER)

    (key_file / "mat-khau").write_text("9999")
    with pytest.raises(ValidationError, match="kiểm tra mã PIN"):
        signatures.sign_document(issued(house, pages=1, number="8/BB"), by=house.director)


def labelled(key_type=None):
    found = {Attribute.LABEL: "chung-thu", Attribute.ID: b"1", Attribute.TOKEN: True}
    return found | ({Attribute.KEY_TYPE: key_type} if key_type else {})
