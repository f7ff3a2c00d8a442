"""Logs every packet that an interface of this network namespace sends: who to, how many bytes; until stdin ends.

python packet_log.py INTERFACE…   writes one JSON object at the end: {interface: {"host:port/protocol": bytes}}
"""

from __future__ import annotations

import json
import selectors
import socket
import sys

ETH_P_ALL = 3
PACKET_OUTGOING = 4
IPV4, ARP, IPV6 = 0x0800, 0x0806, 0x86DD
TCP, UDP, ICMPV6 = 6, 17, 58
PROTOCOLS = {TCP: "tcp", UDP: "udp"}


def destination(frame: bytes) -> str | None:
    """Whom an Ethernet frame is for; None for what the kernel says by itself (neighbours, multicast membership)."""
    kind, packet = int.from_bytes(frame[12:14], "big"), frame[14:]
    if kind == ARP:
        return f"{socket.inet_ntoa(packet[24:28])}/arp"
    if kind == IPV4:
        header = (packet[0] & 0x0F) * 4
        host, protocol, rest = socket.inet_ntoa(packet[16:20]), packet[9], packet[header:]
        if protocol == 2:  # IGMP
            return None
    elif kind == IPV6:
        host, protocol, rest = socket.inet_ntop(socket.AF_INET6, packet[24:40]), packet[6], packet[40:]
        if protocol in (0, ICMPV6):  # neighbour discovery, multicast listener reports
            return None
    else:
        return None
    port = f":{int.from_bytes(rest[2:4], 'big')}" if protocol in PROTOCOLS else ""
    return f"{host}{port}/{PROTOCOLS.get(protocol, protocol)}"


def main() -> None:
    """Entry point."""
    found: dict[str, dict[str, int]] = {name: {} for name in sys.argv[1:]}
    selector = selectors.DefaultSelector()
    for name in found:
        sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        sniffer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        sniffer.bind((name, 0))
        sniffer.setblocking(False)
        selector.register(sniffer, selectors.EVENT_READ, name)
    selector.register(sys.stdin, selectors.EVENT_READ)
    print("listening", flush=True)
    while True:
        for key, _ in selector.select():
            if key.fileobj is sys.stdin:
                print(json.dumps(found), flush=True)
                return
            assert isinstance(key.fileobj, socket.socket)
            frame, (_, _, direction, *_) = key.fileobj.recvfrom(65535)
            whom = destination(frame) if direction == PACKET_OUTGOING else None
            if whom is not None:
                found[key.data][whom] = found[key.data].get(whom, 0) + len(frame)


if __name__ == "__main__":
    main()
