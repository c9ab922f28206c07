"""What an upload goes through beside the look at its kind: pictures drawn anew, ClamAV asked where there is one."""

import socket
import struct
import threading
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from khuyencong import virus_scan
from khuyencong.file_kinds import JPEG, PNG
from khuyencong.pictures import LONGEST_SIDE, redrawn

HIDDEN = b"<?php echo 1 ?>"


def picture(form="JPEG", size=(60, 30), mode="RGB", **options):
    written = BytesIO()
    Image.new(mode, size, 0).save(written, form, **options)
    return SimpleUploadedFile("anh.jpg", written.getvalue() + HIDDEN)


def opened(upload):
    image = Image.open(BytesIO(upload.read()))
    image.load()
    return image


def test_photograph_loses_what_the_camera_wrote_and_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "Hãng máy ảnh"
    exif.get_ifd(0x8825)[1] = "N"  # where it was taken
    drawn = redrawn(picture(exif=exif), JPEG)
    content = drawn.read()
    drawn.seek(0)
    image = opened(drawn)
    assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (30, 60), {})
    assert HIDDEN not in content


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_png_keeps_its_kind_of_colours(mode):
    image = opened(redrawn(picture("PNG", mode=mode), PNG))
    assert (image.format, image.mode, image.size) == ("PNG", mode, (60, 30))


def test_huge_photograph_is_made_smaller():
    image = opened(redrawn(picture(size=(LONGEST_SIDE * 2 + 10, 50)), JPEG))
    assert image.size[0] <= LONGEST_SIDE


def test_cmyk_becomes_what_browsers_show():
    assert opened(redrawn(picture(mode="CMYK"), JPEG)).mode == "RGB"


@pytest.fixture
def clamav(tmp_path, settings):
    """A stand-in for clamd on a Unix socket; `clamav(answer)` sets what it says, `clamav.heard` what it was sent."""
    path = str(tmp_path / "clamd")
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    heard, answers = [], []

    def serve():
        connection, _address = server.accept()
        with connection, connection.makefile("rb") as stream:
            command, content = stream.read(len(b"zINSTREAM\0")), b""
            while length := struct.unpack("!L", stream.read(4))[0]:
                content += stream.read(length)
            heard.append((command, content))
            connection.sendall(answers[0])

    thread = threading.Thread(target=serve, daemon=True)

    def answering(answer):
        answers.append(answer)
        thread.start()
        return heard

    settings.CLAMD = f"unix:{path}"
    yield answering
    server.close()


def test_clean_file_passes_and_is_left_at_its_beginning(clamav):
    heard = clamav(b"stream: OK\0")
    stream = BytesIO(b"x" * 200_000)
    assert virus_scan.refuse_infected(stream, "a.pdf") is None
    assert heard == [(b"zINSTREAM\0", b"x" * 200_000)]
    assert stream.tell() == 0


def test_infected_file_is_refused(clamav):
    clamav(b"stream: Eicar-Test-Signature FOUND\0")
    with pytest.raises(ValidationError) as refusal:
        virus_scan.refuse_infected(BytesIO(b"x"), "a.pdf")
    assert refusal.value.code == "infected"


def test_answer_that_says_nothing_is_no_pass(clamav):
    clamav(b"INSTREAM size limit exceeded. ERROR\0")
    with pytest.raises(ValidationError) as refusal:
        virus_scan.refuse_infected(BytesIO(b"x"), "a.pdf")
    assert refusal.value.code == "unscanned"


@pytest.mark.parametrize("place", ["unix:/khong/co", "127.0.0.1:1"])
def test_guard_that_does_not_answer_lets_nothing_in(settings, place, caplog):
    settings.CLAMD = place
    with pytest.raises(ValidationError) as refusal:
        virus_scan.refuse_infected(BytesIO(b"x"), "a.pdf")
    assert refusal.value.code == "unscanned"
    assert "Chưa kiểm tra được mã độc" in refusal.value.messages[0]


def test_without_the_setting_nobody_is_asked(settings):
    settings.CLAMD = ""
    assert virus_scan.refuse_infected(None, "a.pdf") is None
