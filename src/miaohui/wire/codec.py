"""Bytes to frames and back; whatever cannot be read is one exception class.

Decoding is strict in types and generous in unknown fields. Sizes are checked before parsing.
"""

import msgspec

from . import (
    accounts,
    catalogue,
    desk,
    link,
    media,
    orders,
    owner,
    plans,
    reports,
    rota,
    sessions,
    shopkeeping,
)
from .bounds import ID_CHARS, NAME_MOST, Id
from .errors import Code
from .frame import Frame
from .limits import DOWN_FRAME_BYTES, TEXT_FRAME_BYTES


class FrameError(ValueError):
    """A frame that cannot be read; ``code`` says why, ``id`` is the request's where known."""

    def __init__(self, code: Code, detail: str, id: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.id = id


Query = (
    accounts.SignUp
    | accounts.SignIn
    | accounts.Recover
    | accounts.ChangePassword
    | accounts.MakeRecovery
    | accounts.SignOut
    | accounts.ListDevices
    | accounts.GetWallet
    | catalogue.Search
    | catalogue.GetShop
    | orders.ListOrders
    | orders.GetOrder
    | sessions.Attach
    | sessions.Detach
    | sessions.ListSessions
    | sessions.GetLogProof
    | desk.GetDesk
    | media.MediaGet
    | accounts.DeleteAccount
    | reports.ListReports
    | rota.GetRota
    | rota.GetServed
    | owner.GetShopDay
    | owner.GetShopPeople
    | owner.GetShopFigures
    | owner.GetShopMoney
    | owner.GetShopReviews
    | shopkeeping.PriceTerms
)
Order = (
    accounts.RevokeDevice
    | accounts.SetDisplay
    | accounts.SetLimits
    | accounts.StopBuying
    | accounts.DeclareAge
    | orders.Quote
    | orders.Pay
    | orders.CancelOrder
    | plans.RegisterPlan
    | plans.ListPlanOrders
    | sessions.Send
    | sessions.Edit
    | sessions.Recall
    | sessions.Pause
    | sessions.Resume
    | sessions.AskBreak
    | sessions.AnswerBreak
    | sessions.AskHandover
    | sessions.RefuseHandover
    | sessions.HandOver
    | sessions.AcceptHandover
    | sessions.DeclineHandover
    | sessions.WithdrawHandover
    | sessions.Extend
    | sessions.End
    | sessions.WriteReview
    | desk.SetPresence
    | desk.AcceptOrder
    | desk.DeclineOrder
    | media.MediaBegin
    | media.MediaDrop
    | shopkeeping.UpdateShop
    | shopkeeping.PutOffer
    | shopkeeping.DropOffer
    | shopkeeping.CloseShop
    | shopkeeping.InviteResponder
    | reports.FileReport
    | reports.AppealReport
    | reports.BlockPeer
    | reports.UnblockPeer
    | owner.DropInvitation
    | owner.LetGo
    | owner.ReplyToReview
    | rota.PutShift
    | rota.DropShift
    | rota.PublishRota
    | rota.AskSwap
    | rota.AnswerSwap
    | rota.PutWorkLimits
)
Loose = link.Hello | link.Ping | sessions.Typing | sessions.Seen | sessions.ReadTo | media.MediaTook
Up = Query | Order | Loose
"""Everything that a client may say."""

AnyResult = (
    accounts.SignedIn
    | accounts.RecoveryMade
    | accounts.Devices
    | accounts.Wallet
    | accounts.Done
    | catalogue.ShopPage
    | catalogue.Shop
    | orders.Order
    | orders.Orders
    | plans.PlanRegistered
    | plans.PlanOrders
    | sessions.FeedPage
    | sessions.Accepted
    | sessions.Sessions
    | sessions.LogProof
    | sessions.Extended
    | desk.Desk
    | desk.Opened
    | media.MediaHave
    | shopkeeping.Invitation
    | reports.ReportFiled
    | reports.Reports
    | rota.Rota
    | rota.ServedMonth
    | owner.ShopDay
    | owner.ShopPeople
    | owner.ShopFigures
    | owner.ShopMoney
    | owner.ShopReviews
    | shopkeeping.TermsPriced
)


class Ok(Frame, frozen=True, kw_only=True):
    """A request was carried out; ``result`` is what its type promises."""

    id: Id
    result: AnyResult


Push = (
    orders.OrderChanged
    | sessions.FeedPush
    | sessions.ReadTo
    | sessions.PeerTyping
    | sessions.PeerProgress
    | sessions.WaitParts
    | sessions.PeerPresence
    | sessions.Breach
    | sessions.SignedHead
    | desk.DeskChanged
    | media.MediaProgress
    | accounts.DeviceAdded
    | link.KeyRotated
    | reports.ReportChanged
    | rota.RotaChanged
)
Down = link.Welcome | link.Pong | link.Failed | link.Goodbye | Ok | Push
"""Everything that a relay may say."""

_encoder = msgspec.json.Encoder()
_up: msgspec.json.Decoder[Up] = msgspec.json.Decoder(Up)
_down: msgspec.json.Decoder[Down] = msgspec.json.Decoder(Down)


class _Id(msgspec.Struct):
    id: str = ""


_id = msgspec.json.Decoder(_Id)


def encode(frame: Frame) -> bytes:
    """The frame as UTF-8 JSON."""
    return _encoder.encode(frame)


def _id_of(data: bytes | memoryview) -> str:
    try:
        return _id.decode(data).id[:ID_CHARS]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return ""


def decode_up(data: bytes | memoryview) -> Up:
    """A client's frame; FrameError where it cannot be read or is too large."""
    if len(data) > TEXT_FRAME_BYTES:
        raise FrameError(Code.TOO_LARGE, "frame")
    try:
        return _up.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise FrameError(Code.BAD_FRAME, str(error)[:NAME_MOST], _id_of(data)) from None


def decode_down(data: bytes | memoryview) -> Down:
    """A relay's frame; FrameError where it cannot be read or is too large."""
    if len(data) > DOWN_FRAME_BYTES:
        raise FrameError(Code.TOO_LARGE, "frame")
    try:
        return _down.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise FrameError(Code.BAD_FRAME, str(error)[:NAME_MOST]) from None
