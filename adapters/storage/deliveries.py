"""The ledger of deliveries in SQL, put together from its sides."""

from adapters.storage.deliveries_calling import DeliveryCalling
from adapters.storage.deliveries_catching_up import DeliveryCatchingUp
from adapters.storage.deliveries_claiming import DeliveryClaiming
from adapters.storage.deliveries_moving import DeliveryMoving
from adapters.storage.deliveries_planning import DeliveryPlanning
from adapters.storage.deliveries_telling import DeliveryTelling


class SqlDeliveries(
    DeliveryPlanning,
    DeliveryMoving,
    DeliveryClaiming,
    DeliveryCatchingUp,
    DeliveryCalling,
    DeliveryTelling,
):
    """`Deliveries` on one connection."""
