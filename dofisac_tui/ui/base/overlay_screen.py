"""Screens that are opened over another one and lead back to it."""

from dofisac_tui.ui.base.library_screen import LibraryScreen


class OverlayScreen(LibraryScreen):
    """Escape and q lead back."""

    def leave(self) -> None:
        """Back, unless it was left already: a second key may be on its way, or the palette stands above."""
        if self.is_active:
            self.dismiss()

    async def action_app_leave(self) -> None:
        """Back."""
        self.leave()

    async def action_app_go(self, name: str) -> None:
        """Away from here, and to another screen."""
        self.leave()
        await super().action_app_go(name)

    async def action_search_edit(self) -> None:
        """To the query line."""
        self.leave()
        await super().action_search_edit()
