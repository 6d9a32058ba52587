"""Which result answers which request."""

from collections.abc import Mapping
from typing import Final

from . import accounts, catalogue, desk, media, orders, sessions, shopkeeping
from .frame import Request, Result

ANSWERS: Final[Mapping[type[Request], type[Result]]] = {
    accounts.SignUp: accounts.SignedIn,
    accounts.SignIn: accounts.SignedIn,
    accounts.SignOut: accounts.Done,
    accounts.ListDevices: accounts.Devices,
    accounts.GetWallet: accounts.Wallet,
    accounts.RevokeDevice: accounts.Done,
    accounts.SetDisplay: accounts.Done,
    accounts.DeleteAccount: accounts.Done,
    accounts.SetLimits: accounts.Done,
    catalogue.Search: catalogue.ShopPage,
    catalogue.GetShop: catalogue.Shop,
    orders.ListOrders: orders.Orders,
    orders.GetOrder: orders.Order,
    orders.Quote: orders.Order,
    orders.Pay: orders.Order,
    orders.CancelOrder: orders.Order,
    sessions.Attach: sessions.FeedPage,
    sessions.Detach: accounts.Done,
    sessions.ListSessions: sessions.Sessions,
    sessions.Send: sessions.Accepted,
    sessions.Edit: accounts.Done,
    sessions.Recall: accounts.Done,
    sessions.Pause: accounts.Done,
    sessions.Resume: accounts.Done,
    sessions.AskBreak: accounts.Done,
    sessions.AnswerBreak: accounts.Done,
    sessions.AskHandover: accounts.Done,
    sessions.RefuseHandover: accounts.Done,
    sessions.HandOver: accounts.Done,
    sessions.Extend: sessions.Extended,
    sessions.End: accounts.Done,
    sessions.WriteReview: accounts.Done,
    desk.GetDesk: desk.Desk,
    desk.SetPresence: accounts.Done,
    desk.AcceptOrder: desk.Opened,
    desk.DeclineOrder: accounts.Done,
    media.MediaGet: media.MediaHave,
    media.MediaBegin: media.MediaHave,
    media.MediaDrop: accounts.Done,
    shopkeeping.UpdateShop: accounts.Done,
    shopkeeping.PutOffer: accounts.Done,
    shopkeeping.DropOffer: accounts.Done,
    shopkeeping.InviteResponder: shopkeeping.Invitation,
}
