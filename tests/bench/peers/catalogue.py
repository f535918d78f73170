"""The peers, by name."""

from tests.bench.peers.bytewax import Bytewax
from tests.bench.peers.peer import Peer
from tests.bench.peers.quix import Quix

PEERS: dict[str, Peer] = {peer.name: peer for peer in (Bytewax(), Quix())}
