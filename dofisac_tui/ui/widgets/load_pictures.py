"""Pictures into tiles: the quick ones all at once, then the sharp ones one by one."""

import asyncio
from collections.abc import Sequence

from textual.geometry import Size

from dofisac_tui.ui.pictures.encode import Encoded
from dofisac_tui.ui.pictures.renderer import PictureRenderer, PictureSource
from dofisac_tui.ui.textual_internals import wait_for_repaint
from dofisac_tui.ui.widgets.tile import Tile

_SHARPEN_SECONDS = 0.25
_LAYOUT_TURNS = 30


async def show_pictures(renderer: PictureRenderer, tiles: Sequence[Tile]) -> None:
    """Show in each tile the picture that it is to show; to be cancelled when the page is turned."""
    wanted = await _wanted(tiles)
    if not all(tile.source and renderer.ready(tile.source, tile.picture.size) for tile in wanted):
        await wait_for_repaint(wanted[0].picture)  # the threads that make pictures would hold the words up
    made = [asyncio.create_task(_made(renderer, tile.source, tile.picture.size)) for tile in wanted]
    try:
        for tile, making in zip(wanted, made, strict=True):
            source, encoded = tile.source, await making
            await renderer.flow_control.turn()
            if tile.source == source and tile.picture.size:
                tile.show(encoded)
    finally:
        for making in made:
            making.cancel()
    await asyncio.sleep(_SHARPEN_SECONDS)
    for tile in tiles:
        source, size = tile.source, tile.picture.size
        if source and size and renderer.is_blurred(source, size):
            sharp = await renderer.sharp(source, size)
            await renderer.flow_control.turn()
            if sharp and tile.source == source:
                tile.show(sharp)


async def _wanted(tiles: Sequence[Tile]) -> list[Tile]:
    """The tiles without their picture, once their sizes are settled."""
    if any(tile.picture.encoded for tile in tiles):
        await wait_for_repaint(tiles[0].picture)  # after a change of the window they may be about to get another size
    wanted = [tile for tile in tiles if tile.source and tile.picture.display and not tile.picture.encoded]
    for _ in range(_LAYOUT_TURNS):
        if all(tile.picture.size for tile in wanted):
            break
        await asyncio.sleep(0.01)  # just mounted, or shown again: sizes come with the next layout
    return wanted


async def _made(renderer: PictureRenderer, source: PictureSource | None, size: Size) -> Encoded | None:
    if source is None or not size:
        return None
    return renderer.ready(source, size) or await renderer.quick(source, size)
