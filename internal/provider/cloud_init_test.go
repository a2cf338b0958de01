// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/iso9660"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/cloudinit"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
)

// wiredGuest is an instance with configured NICs, and lines that its cloud-init must write for them, by renderer.
type wiredGuest struct {
	name    string
	subnets []map[string]any // of the network net-0, in order
	second  map[string]any   // the subnet of a second NIC's network
	access  bool             // the second NIC's is the access network
	fixed   []string         // addresses of a port on net-0; none: a network block without a port

	guestinfo, drive map[string][]string
}

// same expects the same lines from guestinfo and from the config drive.
func (g wiredGuest) same(lines map[string][]string) wiredGuest {
	g.guestinfo, g.drive = lines, lines
	return g
}

var (
	four = map[string]any{"cidr": "10.0.0.0/24", "dns_nameservers": []any{"10.0.0.2"}}
	six  = map[string]any{"cidr": "2001:db8::/64", "ip_version": 6, "dns_nameservers": []any{"2001:db8::2"}}
)

func with(m map[string]any, more map[string]any) map[string]any {
	out := map[string]any{}
	for _, from := range []map[string]any{m, more} {
		for key, value := range from {
			out[key] = value
		}
	}
	return out
}

func moded(mode string) map[string]any {
	return with(six, map[string]any{"ipv6_address_mode": mode, "ipv6_ra_mode": mode})
}

var wiredGuests = []wiredGuest{
	wiredGuest{name: "ipv4", fixed: []string{"10.0.0.10"}, subnets: []map[string]any{with(four,
		map[string]any{"host_route": []any{map[string]any{"destination_cidr": "10.9.0.0/16",
			"next_hop": "10.0.0.3"}}})}}.same(map[string][]string{
		"eni":             {"iface ens192 inet static", "address 10.0.0.10/24", "10.0.0.1", "10.9.0.0/16", "10.0.0.2", "mtu 1500"},
		"netplan":         {"- 10.0.0.10/24", "10.0.0.1", "to: 10.9.0.0/16", "via: 10.0.0.3", "mtu: 1500"},
		"network-manager": {"address1=10.0.0.10/24", "10.0.0.1", "10.9.0.0/16,10.0.0.3", "mtu=1500"},
		"sysconfig":       {"IPADDR=10.0.0.10", "GATEWAY=10.0.0.1", "MTU=1500", "10.9.0.0"},
	}),
	{name: "ipv6", fixed: []string{"2001:db8::10"}, subnets: []map[string]any{six},
		guestinfo: map[string][]string{
			"eni": {"iface ens192 inet6 static", "address 2001:db8::10/64", "gateway 2001:db8::1", "dns-nameservers 2001:db8::2",
				"dns-search example.org"},
			"netplan":         {"- 2001:db8::10/64", "gateway6: 2001:db8::1", "- example.org", "accept-ra: false"},
			"network-manager": {"address1=2001:db8::10/64", "gateway=2001:db8::1", "dns=2001:db8::2", "dns-search=example.org"},
			"sysconfig":       {"IPV6ADDR=2001:db8::10/64", "IPV6_DEFAULTGW=2001:db8::1", "DNS1=2001:db8::2", "DOMAIN=example.org"},
		},
		drive: map[string][]string{"netplan": {"- 2001:db8::10/64", "via: 2001:db8::1"}}},
	{name: "both", fixed: []string{"10.0.0.10", "2001:db8::10"}, subnets: []map[string]any{four, six},
		guestinfo: map[string][]string{
			"eni":             {"gateway 10.0.0.1", "gateway 2001:db8::1"},
			"netplan":         {"gateway4: 10.0.0.1", "gateway6: 2001:db8::1"},
			"network-manager": {"gateway=10.0.0.1", "gateway=2001:db8::1"},
			"sysconfig":       {"GATEWAY=10.0.0.1", "IPV6_DEFAULTGW=2001:db8::1"},
		},
		drive: map[string][]string{"netplan": {"via: 10.0.0.1", "via: 2001:db8::1"}}},
	{name: "slaac", subnets: []map[string]any{moded("slaac")},
		guestinfo: map[string][]string{"eni": {"auto ens192", "inet6"}, "netplan": {"accept-ra: true"},
			"network-manager": {"[ipv6]", "method=auto"}},
		drive: map[string][]string{"eni": {"iface ens192 inet6 auto", "dhcp 0"}, "network-manager": {"method=auto"},
			"sysconfig": {"IPV6_AUTOCONF=yes", "!DHCPV6C=yes"}}},
	{name: "ipv4 and slaac", subnets: []map[string]any{four, moded("slaac")},
		guestinfo: map[string][]string{"eni": {"iface ens192 inet static", "!inet6 dhcp"},
			"netplan":         {"accept-ra: true", "dhcp6: false", "gateway4: 10.0.0.1"},
			"network-manager": {"method=manual", "!method=disabled", "!method=ignore"}, "sysconfig": {"!DHCPV6C=yes"}},
		drive: map[string][]string{"eni": {"iface ens192 inet6 auto"}, "sysconfig": {"IPV6_AUTOCONF=yes", "!DHCPV6C=yes"}}},
	{name: "ipv4 and dhcpv6-stateless", subnets: []map[string]any{four, moded("dhcpv6-stateless")},
		guestinfo: map[string][]string{"eni": {"!inet6 dhcp"}, "netplan": {"accept-ra: true", "dhcp6: false"},
			"network-manager": {"!method=disabled"}},
		drive: map[string][]string{"eni": {"iface ens192 inet6 auto"}, "sysconfig": {"IPV6_AUTOCONF=yes", "DHCPV6C_OPTIONS=-S"}}},
	wiredGuest{name: "ipv4 and dhcpv6-stateful", subnets: []map[string]any{four, moded("dhcpv6-stateful")}}.same(map[string][]string{
		"eni": {"iface ens192 inet6 dhcp"}, "netplan": {"dhcp6: true"}, "network-manager": {"method=auto"}, "sysconfig": {"DHCPV6C=yes"}}),
	wiredGuest{name: "two addresses of a subnet", fixed: []string{"10.0.0.10", "10.0.0.11"},
		subnets: []map[string]any{with(four, map[string]any{"host_route": []any{map[string]any{"destination_cidr": "10.9.0.0/16",
			"next_hop": "10.0.0.3"}}})}}.same(map[string][]string{
		"eni":             {"address 10.0.0.10/24", "address 10.0.0.11/24", "1*post-up route add -net 10.9.0.0/16"},
		"netplan":         {"- 10.0.0.10/24", "- 10.0.0.11/24", "1*to: 10.9.0.0/16"},
		"network-manager": {"10.0.0.10/24", "10.0.0.11/24", "1*10.9.0.0/16"},
		"sysconfig":       {"IPADDR=10.0.0.10", "IPADDR1=10.0.0.11", "GATEWAY=10.0.0.1"}}),
	{name: "two gateways", subnets: []map[string]any{four}, second: map[string]any{"cidr": "10.1.0.0/24"},
		guestinfo: map[string][]string{"netplan": {"id1:", "gateway4: 10.0.0.1", "!10.1.0.1\n"}, "eni": {"!gateway 10.1.0.1"},
			"sysconfig": {"!GATEWAY=10.1.0.1"}},
		drive: map[string][]string{"netplan": {"ens224:", "via: 10.0.0.1", "!10.1.0.1\n"}, "eni": {"!gw 10.1.0.1"},
			"sysconfig": {"!GATEWAY=10.1.0.1"}}},
	{name: "two gateways, and the access network", subnets: []map[string]any{four}, second: map[string]any{"cidr": "10.1.0.0/24"},
		access: true,
		guestinfo: map[string][]string{"netplan": {"10.1.0.1\n", "!10.0.0.1\n"}, "eni": {"gateway 10.1.0.1", "!gateway 10.0.0.1"},
			"sysconfig": {"GATEWAY=10.1.0.1", "!GATEWAY=10.0.0.1"}},
		drive: map[string][]string{"netplan": {"10.1.0.1\n", "!10.0.0.1\n"}, "eni": {"default gw 10.1.0.1", "!gw 10.0.0.1"},
			"sysconfig": {"GATEWAY=10.1.0.1", "!GATEWAY=10.0.0.1"}}},
	{name: "a router's own address", fixed: []string{"2001:db8::10"},
		subnets: []map[string]any{with(six, map[string]any{"gateway_ip": "fe80::1"})},
		guestinfo: map[string][]string{"eni": {"gateway fe80::1"}, "netplan": {"gateway6: fe80::1"}, "network-manager": {"gateway=fe80::1"},
			"sysconfig": {"IPV6_DEFAULTGW=fe80::1"}}},
	wiredGuest{name: "dhcp", subnets: []map[string]any{with(four, map[string]any{"enable_dhcp": true})}}.same(map[string][]string{
		"eni": {"iface ens192 inet dhcp", "!mtu"}, "netplan": {"dhcp4: true", "!mtu"}, "network-manager": {"method=auto"},
		"sysconfig": {"BOOTPROTO=dhcp"}}),
}

// found reports whether a text contains a line: "!" before it means that it must not, "1*" that it must contain it once.
func found(text, line string) bool {
	if not, is := strings.CutPrefix(line, "!"); is {
		return !strings.Contains(text, not)
	}
	if once, is := strings.CutPrefix(line, "1*"); is {
		return strings.Count(text, once) == 1
	}
	return strings.Contains(text, line)
}

// TestCloudInitRenders: a real cloud-init writes what the configuration asked for, from guestinfo and from the config drive.
func TestCloudInitRenders(t *testing.T) {
	t.Parallel()
	cloudinit.Need(t)
	for _, guest := range wiredGuests {
		t.Run(guest.name, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			told := toldOf(t, vc, makeGuest(t, vc, guest))
			made := cloudinit.Read(t, told)
			for way, one := range map[string]struct {
				files map[string]cloudinit.Files
				lines map[string][]string
			}{"guestinfo": {made.Guestinfo, guest.guestinfo}, "config drive": {made.ConfigDrive, guest.drive}} {
				for renderer, lines := range one.lines {
					text := written(one.files[renderer])
					for _, line := range lines {
						if !found(text, line) {
							t.Errorf("by %s, %s: want %q in\n%s", way, renderer, line, text)
						}
					}
				}
			}
		})
	}
}

// TestCloudInitReads: the host name and the user data arrive, and no text in a configuration makes a guest lose the rest of its data.
func TestCloudInitReads(t *testing.T) {
	t.Parallel()
	cloudinit.Need(t)
	for written, want := range map[string]string{
		"abcd":                     "abcd", // also base64 of data that is not text
		"#!/bin/sh\ntrue":          "#!/bin/sh\ntrue",
		"iVBORw0KGgoAAAANSUhEUgAA": "iVBORw0KGgoAAAANSUhEUgAA", // filebase64() of a picture
		"I2Nsb3VkLWNvbmZpZwo=":     "#cloud-config\n",
		"H4sIAAAAAAACA1NOzskvTdFNzs9Ly0znAgAFVrO4DgAAAA==": "#cloud-config\n",
	} {
		for name, host := range map[string]string{"grüße-host": "grüße-host", "a__b": "a--b", "日本": "Server-0b5e9f8c"} {
			keys, err := guest.Guestinfo(guest.CloudInit{ID: "0b5e9f8c", Name: name, UserData: guest.DecodeUserData(written)})
			if err != nil {
				t.Errorf("%q: %v", written, err)
				continue
			}
			made := cloudinit.Read(t, cloudinit.Told{Metadata: keys["guestinfo.metadata"], UserData: keys["guestinfo.userdata"]})
			if made.Hostname != host || made.UserData != want {
				t.Errorf("%q is called %q, and %q is read as %q", name, made.Hostname, written, made.UserData)
			}
		}
	}
}

// written returns the files of a renderer, one after the other.
func written(files cloudinit.Files) string {
	var out strings.Builder
	for _, name := range sortedKeys(files) {
		out.WriteString("-- " + name + "\n" + files[name])
	}
	return out.String()
}

func sortedKeys(files cloudinit.Files) (names []string) {
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// makeGuest makes an instance with a config drive and its networks.
func makeGuest(t *testing.T, vc *acctest.VCenter, guest wiredGuest) mo.VirtualMachine {
	t.Helper()
	p := vc.Provider(t, nil)
	bring := func(kind string, config map[string]any) protocol.Object { return p.Bring(kind, config, p.None(kind)) }
	net := bring("novasphere_networking_network", map[string]any{"name": "net-0", "dns_domain": "example.org.",
		"segments": []any{map[string]any{"segmentation_id": 100}}})
	for _, subnet := range guest.subnets {
		bring("novasphere_networking_subnet", with(subnet, map[string]any{"network_id": net.Text("id")}))
	}
	block := map[string]any{"uuid": net.Text("id")}
	if len(guest.fixed) > 0 {
		var fixed []any
		for _, address := range guest.fixed {
			fixed = append(fixed, map[string]any{"ip_address": address})
		}
		block = map[string]any{"port": bring("novasphere_networking_port",
			map[string]any{"network_id": net.Text("id"), "fixed_ip": fixed}).Text("id")}
	}
	blocks := []any{block}
	if guest.second != nil {
		other := bring("novasphere_networking_network", map[string]any{"name": "net-1",
			"segments": []any{map[string]any{"segmentation_id": 101}}})
		bring("novasphere_networking_subnet", with(guest.second, map[string]any{"network_id": other.Text("id")}))
		blocks = append(blocks, map[string]any{"uuid": other.Text("id"), "access_network": guest.access})
	}
	bring("novasphere_compute_flavor", map[string]any{"name": "m1.tiny", "vcpus": 1, "ram": 512, "disk": 20})
	bring("novasphere_compute_instance", map[string]any{"name": "web", "flavor_name": "m1.tiny", "image_name": "debian-12",
		"config_drive": true, "wait_for_ip": "0s", "network": blocks})
	return vc.VM("OpenStack/web")
}

// toldOf returns the data that the VM's guest finds.
func toldOf(t *testing.T, vc *acctest.VCenter, vm mo.VirtualMachine) cloudinit.Told {
	t.Helper()
	told := cloudinit.Told{Metadata: acctest.Extra(vm)["guestinfo.metadata"], UserData: acctest.Extra(vm)["guestinfo.userdata"],
		MACs: map[string]string{}}
	names := []string{"ens192", "ens224"}
	for _, device := range vm.Config.Hardware.Device {
		switch d := device.(type) {
		case types.BaseVirtualEthernetCard:
			told.MACs[strings.ToLower(d.GetVirtualEthernetCard().MacAddress)], names = names[0], names[1:]
		case *types.VirtualCdrom:
			if backing, ok := d.Backing.(*types.VirtualCdromIsoBackingInfo); ok {
				told.NetworkData = onDrive(t, vc.ReadFile(backing.FileName), "openstack/latest/network_data.json")
			}
		}
	}
	return told
}

// onDrive reads a file of a config drive.
func onDrive(t *testing.T, image []byte, name string) string {
	t.Helper()
	at := filepath.Join(t.TempDir(), "drive.iso")
	if err := os.WriteFile(at, image, 0o600); err != nil {
		t.Fatal(err)
	}
	backend, err := file.OpenFromPath(at, true)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = backend.Close() }()
	iso, err := iso9660.Read(backend, int64(len(image)), 0, 2048)
	if err != nil {
		t.Fatal(err)
	}
	data, err := iso.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
