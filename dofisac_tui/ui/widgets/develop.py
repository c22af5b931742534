"""Pictures into tiles: the quick ones all at once, then the sharp ones one by one."""

import asyncio
from collections.abc import Sequence

from dofisac_tui.ui.images.studio import Studio
from dofisac_tui.ui.widgets.tile import Tile

_SHARPEN_SECONDS = 0.25


async def show_pictures(studio: Studio, tiles: Sequence[Tile]) -> None:
    """Show in each tile the picture that it is to show; to be cancelled when the page is turned."""
    wanted = [tile for tile in tiles if tile.shot and not tile.picture.encoded]
    if any(not tile.picture.size for tile in wanted):
        await asyncio.sleep(0)  # just mounted: sizes come with the first layout
    await asyncio.gather(*(_show_picture(studio, tile) for tile in wanted))
    await asyncio.sleep(_SHARPEN_SECONDS)
    for tile in tiles:
        shot, size = tile.shot, tile.picture.size
        if shot and size and studio.is_blurred(shot, size):
            sharp = await studio.sharp(shot, size)
            if sharp and tile.shot == shot:
                tile.show(sharp)


async def _show_picture(studio: Studio, tile: Tile) -> None:
    shot, size = tile.shot, tile.picture.size
    if shot is None or not size:
        return
    encoded = studio.ready(shot, size) or await studio.quick(shot, size)
    if tile.shot == shot:
        tile.show(encoded)
