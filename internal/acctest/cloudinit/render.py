"""Has cloud-init's own code read what a guest is told and write what the guest would have.

Standard input: {"metadata": guestinfo.metadata, "userdata": guestinfo.userdata, "network_data": network_data.json of a config drive, "macs":
{address: name of the card}}, the first three as texts, each optional. Standard output: {"hostname", "userdata", "guestinfo": {renderer: {path:
text}}, "config-drive": likewise}.
"""

import json
import logging
import os
import sys
import tempfile

from cloudinit import net
from cloudinit.distros import rhel
from cloudinit.net import eni, netplan, network_manager, network_state, sysconfig
from cloudinit.sources import DataSourceVMware
from cloudinit.sources.helpers import openstack

logging.disable(logging.CRITICAL)

RENDERERS = {
    "eni": (eni.Renderer, {"eni_path": "etc/network/interfaces", "netrules_path": None}),
    "netplan": (netplan.Renderer, {"netplan_path": "etc/netplan/50-cloud-init.yaml", "postcmds": False}),
    "network-manager": (network_manager.Renderer, {}),
    "sysconfig": (sysconfig.Renderer, rhel.Distro.renderer_configs["sysconfig"]),
}


def rendered(config):
    """The files of each renderer."""
    out = {}
    for name, (renderer, settings) in RENDERERS.items():
        one = renderer(settings)
        root = tempfile.mkdtemp()
        try:
            state = network_state.parse_net_config_data(json.loads(json.dumps(config)), renderer=one)
            one.render_network_state(state, target=root)
        except Exception as error:  # what a renderer cannot write is for the test to see
            out[name] = {"error": repr(error)}
            continue
        out[name] = {}
        for folder, _, files in os.walk(root):
            for file in files:
                whole = os.path.join(folder, file)
                with open(whole, encoding="utf-8") as text:
                    out[name][os.path.relpath(whole, root)] = text.read()
    return out


def main():
    told = json.load(sys.stdin)
    macs = told.get("macs") or {}
    net.get_interfaces_by_mac = lambda *_, **__: dict(macs)
    net.get_ib_hwaddrs_by_interface = lambda *_, **__: {}
    for module in (net, network_state):
        if hasattr(module, "find_interface_name_from_mac"):
            module.find_interface_name_from_mac = macs.get
    out = {}
    if told.get("metadata"):
        decoded = DataSourceVMware.decode("metadata", "base64", told["metadata"])
        metadata = DataSourceVMware.process_metadata(DataSourceVMware.load_json_or_yaml(decoded))
        out["hostname"] = metadata.get("local-hostname")
        if "network" in metadata:
            out["guestinfo"] = rendered(metadata["network"]["config"])
    if told.get("userdata"):
        out["userdata"] = DataSourceVMware.decode("userdata", "gzip+base64", told["userdata"])
    if told.get("network_data"):
        out["config-drive"] = rendered(openstack.convert_net_json(json.loads(told["network_data"]), known_macs=macs))
    json.dump(out, sys.stdout)


main()
