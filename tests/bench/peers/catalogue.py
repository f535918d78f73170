"""The peers, by name."""

from tests.bench.peers.bytewax import Bytewax
from tests.bench.peers.flink import Flink
from tests.bench.peers.kafka_streams import KafkaStreams
from tests.bench.peers.peer import Peer
from tests.bench.peers.quix import Quix

_ALL = (KafkaStreams(), Flink("flink", "java"), Flink("flink-python", "python"), Bytewax(), Quix())
PEERS: dict[str, Peer] = {peer.name: peer for peer in _ALL}
