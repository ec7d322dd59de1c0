"""Writes a file in the MaxMind DB format.

  places.py FILE NETWORK=JSON...
"""

import json
import sys

from mmdb_writer import MMDBWriter
from netaddr import IPSet

file, *entries = sys.argv[1:]
writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-City")
for entry in entries:
    network, record = entry.split("=", 1)
    writer.insert_network(IPSet([network]), json.loads(record))
writer.to_db_file(file)
