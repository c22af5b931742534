"""Pictures: fitted into their cells, and drawn by each protocol as its terminals want them."""

import asyncio
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region, Size

from dofisac_tui.config import Indexing
from dofisac_tui.library.thumbnails import thumbnail_path
from dofisac_tui.library.views import FaceView, PhotoView
from dofisac_tui.ui.app import DofisacApp
from dofisac_tui.ui.pictures.blocks import block_strips
from dofisac_tui.ui.pictures.encode import Encoder, _with_palette
from dofisac_tui.ui.pictures.picture import Picture
from dofisac_tui.ui.pictures.renderer import PictureRenderer, PictureSource
from dofisac_tui.ui.pictures.terminal import Protocol, Terminal
from dofisac_tui.ui.widgets.tile_canvas import TileCanvas
from dofisac_tui.ui.widgets.tile_content import face_source
from tests.ui.conftest import MakeApp
from tests.ui.helpers import until

GROUND = (18, 18, 23)
SIZE = Size(20, 8)


def encoder(protocol: Protocol) -> Encoder:
    return Encoder(Terminal(protocol, (10, 20)), GROUND)


@pytest.mark.parametrize("protocol", [Protocol.KITTY, Protocol.SIXEL, Protocol.HALFBLOCKS])
@pytest.mark.parametrize("shape", [(400, 100), (100, 400), (1, 1), (3000, 2000)])
def test_a_picture_fills_its_cells_whatever_its_shape(protocol: Protocol, shape: tuple[int, int]) -> None:
    encoded = encoder(protocol).encode(Image.new("RGB", shape, "red"), SIZE)
    assert encoded.size == SIZE
    assert [strip.cell_length for strip in encoded.strips] == [SIZE.width] * SIZE.height


def test_sixel_tells_all_its_colours_before_the_first_pixel() -> None:
    pixels = encoder(Protocol.SIXEL).encode(Image.linear_gradient("L").convert("RGB"), SIZE).overlay
    assert pixels.startswith("\x1bP")
    assert pixels.endswith("\x1b\\")
    definitions = [found.end() for found in re.finditer(r"#\d+;2;\d+;\d+;\d+", pixels)]
    first_pixel = re.search(r"[?-~]", pixels[definitions[0] :])
    assert first_pixel
    assert definitions[-1] <= definitions[0] + first_pixel.start()


def test_kitty_gets_pixels_under_a_number_and_characters_that_name_it() -> None:
    encoded = encoder(Protocol.KITTY).encode(Image.new("RGB", (50, 50), "blue"), SIZE)
    assert encoded.upload
    assert set(re.findall(r"i=(\d+)", encoded.upload.data)) == {str(encoded.upload.number)}
    assert encoded.upload.held_bytes == 4 * SIZE.width * 10 * SIZE.height * 20
    assert all("\U0010eeee" in strip.text for strip in encoded.strips)


def test_the_shape_is_kept_and_the_rest_is_ground() -> None:
    encoded = encoder(Protocol.HALFBLOCKS).encode(Image.new("RGB", (100, 100), "white"), SIZE)
    for strip in encoded.strips:
        white = sum(len(part.text) for part in strip if part.style and _colours(part.style)[1] == (255, 255, 255))
        assert white == 16  # 8 rows of 20 pixels are as high as 16 columns of 10 are wide
        assert _colours(next(iter(strip.crop(0, 1))).style)[1] == GROUND


def test_each_character_shows_four_pixels_in_two_colours() -> None:
    red, blue = (255, 0, 0), (0, 0, 255)
    image = Image.new("RGB", (4, 2), blue)
    for place in ((0, 0), (3, 0), (3, 1)):
        image.putpixel(place, red)
    (strip,) = block_strips(image)
    assert strip.text in {"▘▐", "▟▐", "▘▌", "▟▌"}
    for segment in strip:
        assert set(_colours(segment.style)) == {red, blue}


def _colours(style: Style | None) -> tuple[tuple[int, ...] | None, ...]:
    """Of the character and of the ground."""
    assert style
    return tuple(tuple(each.triplet) if each and each.triplet else None for each in (style.color, style.bgcolor))


@pytest.mark.parametrize("protocol", [Protocol.KITTY, Protocol.SIXEL])
def test_thrift_saves_bytes(protocol: Protocol, t1: Path) -> None:
    with Image.open(t1) as image:
        fine, thrifty = (
            encoder(protocol).encode(image.convert("RGB"), Size(40, 20), thrift) for thrift in (False, True)
        )
    assert thrifty.weight < 0.9 * fine.weight


class Frame(App[None]):
    """One picture in an app."""

    CSS = "Picture { width: 20; height: 8; }"

    def compose(self) -> ComposeResult:
        yield Picture()


async def test_a_picture_that_is_cut_off_is_never_drawn_over_its_neighbours() -> None:
    app = Frame()
    async with app.run_test() as pilot:
        picture = app.query_one(Picture)
        picture.show(encoder(Protocol.SIXEL).encode(Image.new("RGB", (50, 50), "blue"), SIZE))
        await pilot.pause()
        whole = picture.render_lines(Region(0, 0, 20, 8))
        cut = picture.render_lines(Region(0, 0, 20, 5))
        assert "\x1bP" in whole[-1].text
        assert not any("\x1bP" in strip.text for strip in cut)
        assert [strip.cell_length for strip in cut] == [20] * 5


async def test_a_face_is_cut_out_of_the_original_when_the_thumbnail_is_too_small(t1: Path, tmp_path: Path) -> None:
    renderer = PictureRenderer(tmp_path, encoder(Protocol.HALFBLOCKS), Indexing())
    with Image.open(t1) as image:
        width, height = image.size
    source = PictureSource("0" * 64, bytes(t1), width, height, crop=(400.0, 300.0, 60.0, 80.0))
    assert not renderer.is_blurred(source, Size(4, 2))
    assert renderer.is_blurred(source, Size(100, 50))
    sharp = await renderer.sharp(source, SIZE)
    assert sharp is not None
    assert renderer.ready(source, SIZE) is sharp


async def test_a_photo_that_is_gone_has_no_picture(tmp_path: Path) -> None:
    renderer = PictureRenderer(tmp_path, encoder(Protocol.HALFBLOCKS), Indexing())
    source = PictureSource("0" * 64, bytes(tmp_path / "gone.jpg"), 100, 100)
    assert await renderer.quick(source, SIZE) is None
    assert await renderer.sharp(source, SIZE) is None


async def test_a_window_of_another_size_has_its_pictures_again(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 35)) as pilot:
        for size in ((120, 35), (100, 30), (140, 40), (120, 35)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda: any(_shown(app)) and all(_shown(app)))


def _shown(app: DofisacApp) -> list[bool]:
    """Whether each tile has its picture."""
    return [tile.picture.encoded is not None for tile in app.screen.query_one(TileCanvas).tiles if tile.source]


async def test_a_zoomed_font_gets_pictures_of_its_own(t1: Path, tmp_path: Path) -> None:
    renderer = PictureRenderer(tmp_path, encoder(Protocol.SIXEL), Indexing())
    source = PictureSource("0" * 64, bytes(t1), 1280, 886)
    before = await renderer.quick(source, SIZE)
    renderer.encoder.resize_cells((14, 28))
    assert renderer.ready(source, SIZE) is None
    after = await renderer.quick(source, SIZE)
    assert before and after and len(after.overlay) > len(before.overlay)


async def test_a_face_is_framed_where_another_one_is_beside_it(t1: Path, tmp_path: Path) -> None:
    with Image.open(t1) as image:
        width, height = image.size
    photo = PhotoView(1, bytes(t1), "0" * 64, width, height, 1, "JPEG", None, None, absent=False)
    face = FaceView(1, (400.0, 300.0, 60.0, 80.0), 1.0, None, None, photo)
    alone, crowded = face_source(face, [(700.0, 300.0, 60.0, 80.0)]), face_source(face, [(470.0, 300.0, 60.0, 80.0)])
    assert alone == face_source(face)
    assert crowded == alone._replace(frame=face.box)
    renderer = PictureRenderer(tmp_path, encoder(Protocol.SIXEL), Indexing())
    drawn = [await renderer.sharp(source, SIZE) for source in (alone, crowded)]
    assert drawn[0] and drawn[1] and drawn[0].overlay != drawn[1].overlay


@pytest.mark.parametrize("colours", [64, 128])
def test_the_ground_around_a_picture_stays_what_it_is(colours: int) -> None:
    canvas = Image.new("RGB", (200, 100), GROUND)
    dark = Image.effect_noise((100, 100), 20).point(lambda value: max(0, value - 100)).convert("RGB")
    canvas.paste(dark, (50, 0))
    drawn = _with_palette(canvas, (50, 0, 150, 100), colours, GROUND)
    assert len(drawn.getcolors() or ()) <= colours
    assert {drawn.convert("RGB").getpixel((x, 50)) for x in (0, 30, 160, 199)} == {GROUND}


async def test_originals_that_hang_hold_no_other_picture_up(tmp_path: Path, t1: Path) -> None:
    os.mkfifo(tmp_path / "hangs")
    renderer = PictureRenderer(tmp_path, encoder(Protocol.HALFBLOCKS), Indexing())
    stuck = [PictureSource(str(n) * 64, bytes(tmp_path / "hangs"), 100, 100) for n in range(3)]
    waiting = [asyncio.create_task(renderer.sharp(source, SIZE)) for source in stuck]
    source = PictureSource("a" * 64, bytes(t1), 1280, 886)
    place = thumbnail_path(tmp_path, source.content_hash)
    place.parent.mkdir(parents=True)
    Image.open(t1).convert("RGB").save(place, "JPEG")
    assert await asyncio.wait_for(renderer.quick(source, SIZE), 20) is not None
    for each in waiting:
        each.cancel()
    os.close(os.open(tmp_path / "hangs", os.O_RDWR))  # lets go of those that wait
