// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/license"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// life is the life of one noun with one of its features: several applies, an import and the destruction. The administrator first makes
// the foreign objects that its configurations name.
type life struct {
	noun, feature string // as in package privileges
	options       vcsim.Options
	settings      string                    // of the provider
	before        func(*laboratory)         // runs first; nil: nothing
	stages        []string                  // configurations, without the provider block
	between       map[int]func(*laboratory) // before the stage of a number; after the last one, before the destruction
}

const (
	twoFlavors = `
resource "novasphere_compute_flavor" "small" {
  name  = "p.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}
resource "novasphere_compute_flavor" "less" {
  name  = "p.less"
  vcpus = 2
  ram   = 2048
  disk  = 30
  swap  = 256
}
resource "novasphere_compute_flavor" "large" {
  name      = "p.large"
  vcpus     = 2
  ram       = 2048
  disk      = 30
  swap      = 512
  extra_specs = {
    "quota:cpu_reservation"     = "100"
    "quota:disk_io_reservation" = "100"
  }
}
`
	netOnSwitch = `
resource "novasphere_networking_network" "n" {
  name = "p-net"
  segments { segmentation_id = 120 }
}
`
	subnetOn = `
resource "novasphere_networking_subnet" "s" {
  network_id = novasphere_networking_network.n.id
  cidr       = "10.20.0.0/24"
}
`
	theNet    = "data \"novasphere_networking_network\" \"n\" { name = \"p-net\" }\n"
	theirNet  = "data \"novasphere_networking_network\" \"n\" { name = \"private\" }\n"
	theSubnet = "data \"novasphere_networking_subnet\" \"s\" { cidr = \"10.20.0.0/24\" }\n"
)

// server returns an instance of a flavor.
func server(flavor, image, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_compute_instance\" \"it\" {\n  name = \"it\"\n  flavor_name = %q\n  image_name = %q\n%s\n}\n",
		flavor, image, arguments)
}

// bootedFrom returns an instance that boots from a volume: a copy of an image, or one that exists.
func bootedFrom(source, id, more string) string {
	return "data \"novasphere_images_image\" \"i\" { name = \"debian-12\" }\n" +
		"data \"novasphere_blockstorage_volume\" \"v\" { name = \"p-volume\" }\n" +
		"resource \"novasphere_compute_instance\" \"it\" {\n  name = \"it\"\n  flavor_name = \"p.small\"\n" +
		fmt.Sprintf("  block_device {\n    source_type = %q\n    uuid = %s\n    destination_type = \"volume\"\n    volume_size = 4\n    "+
			"boot_index = 0\n  }\n", source, id) + more + "}\n"
}

// flavored returns a function that makes a flavor with extra specs, named p.special.
func flavored(specs string) func(*laboratory) {
	return func(l *laboratory) {
		l.t.Helper()
		l.admin("", fmt.Sprintf("resource \"novasphere_compute_flavor\" \"it\" {\n  name = \"p.special\"\n  vcpus = 1\n  ram = 1024\n  disk = "+
			"20\n  extra_specs = { %s }\n}\n", specs))
	}
}

const (
	onPublic   = "  network { name = \"public\" }\n"
	onBoth     = onPublic + "  network { name = \"private\" }\n"
	clustersOf = "  availability_zone {\n    name = \"az1\"\n    cluster = \"compute\"\n    datastores = [\"vmfs-1\"]\n  }\n  " +
		"availability_zone {\n    name = \"az2\"\n    cluster = \"compute-2\"\n    datastores = [\"vmfs-2\"]\n  }\n"
	esxLicense = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"
)

// node returns an ESX host that is not in the vCenter yet.
func node(arguments string) string {
	return fmt.Sprintf("resource \"novasphere_compute_node\" \"it\" {\n  hostname = \"esx-9\"\n  password = %q\n  trust_on_first_use = "+
		"true\n%s\n}\n", vcsim.HostPassword, arguments)
}

// lives are the lives of all resource types.
var lives = slices.Concat(volumeLives, imageLives, poolLives, trafficLives, routerLives, []life{
	// its tag is made with its first instance
	{noun: "compute_flavor", stages: []string{twoFlavors, twoFlavors + "# and again\n"},
		between: map[int]func(*laboratory){1: func(l *laboratory) {
			l.t.Helper()
			if err := protocol.Life(l.t, acctest.Factories["novasphere"], "",
				protocol.Stage{Config: l.Config("", server("p.small", "debian-12", ""))}); err != nil {
				l.t.Fatal(err)
			}
		}}},
	{noun: "compute_keypair", stages: []string{"resource \"novasphere_compute_keypair\" \"it\" {\n  name = \"ops\"\n  public_key = " +
		"\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMJJjuINH8TredHVhBtEfDwCVqSaQiZ+VRA9oyqibLnY ops@example.com\"\n}\n"}},

	{noun: "compute_instance", before: makeFlavors, stages: []string{
		server("p.small", "debian-12", "  metadata = { role = \"db\" }\n  user_data = \"#cloud-config\"\n"+onPublic),
		server("p.large", "debian-12", "  metadata = { role = \"web\" }\n  user_data = \"#cloud-config\"\n"+onPublic),
		server("p.large", "debian-12", "  power_state = \"shutoff\"\n  metadata = { role = \"web\" }\n  user_data = \"#cloud-config\"\n"+onBoth),
		strings.Replace(server("p.less", "debian-12", "  metadata = { role = \"web\" }\n  user_data = \"#cloud-config\"\n"+onPublic),
			`name = "it"`, `name = "renamed"`, 1)}},
	{noun: "compute_instance", feature: "`config_drive`", before: makeFlavors, stages: []string{
		server("p.small", "debian-12", "  config_drive = true\n"+onPublic),
		server("p.small", "debian-12", "  config_drive = true\n  metadata = { a = \"b\" }\n"+onPublic)}},
	{noun: "compute_instance", feature: "volumes of `block_device`", before: func(l *laboratory) {
		l.t.Helper()
		makeFlavors(l)
		l.MakeDisk("p-volume", 3<<10)
	}, stages: []string{
		bootedFrom("image", "data.novasphere_images_image.i.id",
			"  block_device {\n    source_type = \"blank\"\n    destination_type = \"volume\"\n    volume_size = 1\n    boot_index = -1\n  }\n"),
		bootedFrom("volume", "data.novasphere_blockstorage_volume.v.id", "")}},
	{noun: "compute_instance", feature: "`power_state = \"suspended\"`", before: makeFlavors, stages: []string{
		server("p.small", "debian-12", onPublic), server("p.small", "debian-12", "  power_state = \"suspended\"\n"+onPublic)}},
	{noun: "compute_instance", feature: "`vmware:hw_version`", before: flavored(`"vmware:hw_version" = "vmx-21"`),
		stages: []string{server("p.special", "debian-12", onPublic)}},
	{noun: "compute_instance", feature: "`vmware:storage_policy`", before: flavored(`"vmware:storage_policy" = "vSAN Default Storage Policy"`),
		stages: []string{server("p.special", "debian-12", onPublic)}},
	{noun: "compute_instance", feature: "a TPM (`hw:tpm_version`)", options: vcsim.Options{KeyProvider: true},
		before: flavored(`"hw:tpm_version" = "2.0"`), stages: []string{server("p.special", "debian-12", onPublic)}},
	{noun: "compute_instance", feature: "`novasphere_guest_customization`", before: func(l *laboratory) {
		l.t.Helper()
		l.edit("debian-12", map[string]string{"novasphere.image.novasphere_guest_customization": "linux", vcsim.PlainGuest: "TRUE"})
		makeFlavors(l)
	}, stages: []string{server("p.small", "debian-12", onPublic)}},
	{noun: "compute_instance", feature: "an image in a content library", before: makeFlavors,
		stages: []string{server("p.small", vcsim.LibraryItem, onPublic)}},
	{noun: "compute_instance", feature: "linked clones (`img_linked_clone`)", before: func(l *laboratory) {
		l.t.Helper()
		l.edit("debian-12", map[string]string{"novasphere.image.img_linked_clone": "true"})
		makeFlavors(l)
	}, stages: []string{server("p.small", "debian-12", onPublic)}},
	{noun: "compute_instance", feature: "`scheduler_hints`, server groups and zones of aggregates", before: func(l *laboratory) {
		l.t.Helper()
		l.admin("", twoFlavors+"resource \"novasphere_compute_servergroup\" \"g\" {\n  name = \"g\"\n  policies = [\"anti-affinity\"]\n}\n")
	}, stages: []string{grouped(1), grouped(2)}},
	{noun: "compute_instance", feature: "`allow_live_migration`", options: vcsim.Options{Clusters: 2}, settings: clustersOf,
		before: func(l *laboratory) {
			l.t.Helper()
			l.admin("  cluster = \"compute\"\n", twoFlavors)
		}, stages: []string{
			server("p.small", "debian-12", "  allow_live_migration = true\n  availability_zone = \"az1\"\n"+onPublic),
			server("p.small", "debian-12", "  allow_live_migration = true\n  availability_zone = \"az2\"\n"+onPublic)}},
	{noun: "compute_instance", feature: "ports of a network with subnets", before: func(l *laboratory) {
		l.t.Helper()
		l.admin("", twoFlavors+netOnSwitch+subnetOn)
	}, stages: []string{server("p.small", "debian-12", "  network { name = \"p-net\" }\n")}},

	{noun: "compute_interface_attach", before: func(l *laboratory) {
		l.t.Helper()
		makeFlavors(l)
		l.admin("", server("p.small", "debian-12", onPublic))
	}, stages: []string{attached("private")}},
	{noun: "compute_interface_attach", feature: "ports of a network with subnets", before: func(l *laboratory) {
		l.t.Helper()
		makeFlavors(l)
		l.admin("", server("p.small", "debian-12", onPublic))
		l.admin("", netOnSwitch+subnetOn)
	}, stages: []string{attached("p-net")}},
	{noun: "compute_volume_attach", before: withVolume(1), stages: []string{volumeAttached}},
	{noun: "compute_volume_attach", feature: "another disk controller", before: withVolume(15), stages: []string{volumeAttached}},
	{noun: "compute_servergroup", stages: []string{"resource \"novasphere_compute_servergroup\" \"it\" {\n  name = \"g\"\n  policies = " +
		"[\"anti-affinity\"]\n}\n"}},
	{noun: "compute_aggregate", stages: []string{
		"resource \"novasphere_compute_aggregate\" \"it\" {\n  name = \"ssd\"\n  metadata = { disk = \"ssd\" }\n  hosts = [\"esx-1\"]\n}\n",
		"resource \"novasphere_compute_aggregate\" \"it\" {\n  name = \"ssd\"\n  metadata = { disk = \"nvme\" }\n  hosts = [\"esx-1\", " +
			"\"esx-2\"]\n}\n"}},
	{noun: "compute_cluster", stages: []string{
		"resource \"novasphere_compute_cluster\" \"it\" {\n  name = \"edge\"\n  ha_enabled = true\n  ha_host_failures = 1\n}\n",
		"resource \"novasphere_compute_cluster\" \"it\" {\n  name = \"edge-2\"\n}\n"}},
	{noun: "compute_node", before: func(l *laboratory) {
		l.t.Helper()
		l.admin("", "resource \"novasphere_compute_cluster\" \"rack\" {\n  name = \"rack\"\n}\n")
	}, stages: []string{node("  cluster = \"compute\"\n"), node("  cluster = \"compute\"\n  status = \"disabled\"\n  tags = [\"a\"]\n"),
		node("  cluster = \"rack\"\n")}},
	{noun: "compute_node", feature: "`distributed_switch`", stages: []string{node("  cluster = \"compute\"\n  distributed_switch {\n    " +
		"switch = \"dvs-1\"\n    adapters = [\"vmnic1\"]\n  }\n")}},
	{noun: "compute_node", feature: "a host that was lost", stages: []string{writeOnly(1), writeOnly(2)},
		between: map[int]func(*laboratory){1: lose, 2: lose}},
	{noun: "compute_node", feature: "`license_key`", before: func(l *laboratory) {
		l.t.Helper()
		if _, err := license.NewManager(l.Client().Client).Add(l.t.Context(), esxLicense, nil); err != nil {
			l.t.Fatal(err)
		}
	}, stages: []string{node("  cluster = \"compute\"\n  license_key = \"" + esxLicense + "\"\n")}},

	{noun: "networking_network", stages: []string{netOnSwitch, "resource \"novasphere_networking_network\" \"n\" {\n  name = \"p-net-2\"\n " +
		" description = \"d\"\n  segments { segmentation_id = 120 }\n}\n"}},
	{noun: "networking_network", feature: "a network that had subnets", stages: []string{netOnSwitch},
		between: map[int]func(*laboratory){1: func(l *laboratory) {
			l.t.Helper()
			l.passing(theNet + subnetOf(""))
		}}},
	{noun: "networking_subnet", stages: []string{theirNet + subnetOf(""), theirNet + subnetOf("  dns_nameservers = [\"10.20.0.2\"]\n")}},
	{noun: "networking_subnet_route", before: nets(netOnSwitch + subnetOn), stages: []string{theSubnet +
		"resource \"novasphere_networking_subnet_route\" \"it\" {\n  subnet_id = data.novasphere_networking_subnet.s.id\n  destination_cidr = " +
		"\"10.40.0.0/16\"\n  next_hop = \"10.20.0.253\"\n}\n"}},
	{noun: "networking_port", before: nets(netOnSwitch + subnetOn),
		stages: []string{theNet + theSubnet + portOn(""), theNet + theSubnet + portOn("  admin_state_up = false\n")}},
	{noun: "networking_port", feature: pluggedIn, before: nets(twoFlavors + netOnSwitch + subnetOn),
		stages: []string{theNet + theSubnet + portOn("  name = \"p-port\"\n"), theNet + theSubnet +
			portOn("  name = \"p-port\"\n  admin_state_up = false\n")},
		between: map[int]func(*laboratory){1: plug, 2: unplug}},
	{noun: "networking_secgroup", settings: "  security_groups = \"dvs\"\n",
		stages: []string{group("  description = \"a\"\n"), group("  description = \"b\"\n")}},
	{noun: "networking_secgroup", feature: pluggedIn, settings: "  security_groups = \"dvs\"\n",
		before: nets(twoFlavors + netOnSwitch + subnetOn), stages: []string{group("  delete_default_rules = true\n"),
			group("  delete_default_rules = true\n  reply_rules = \"ephemeral\"\n")},
		between: map[int]func(*laboratory){1: func(l *laboratory) {
			l.t.Helper()
			l.admin("  security_groups = \"dvs\"\n", theNet+"data \"novasphere_networking_secgroup\" \"g\" { name = \"p-group\" }\nresource "+
				"\"novasphere_networking_port\" \"it\" {\n  name = \"p-port\"\n  network_id = data.novasphere_networking_network.n.id\n  "+
				"security_group_ids = [data.novasphere_networking_secgroup.g.id]\n}\n"+strings.TrimPrefix(ruled, theGroup))
			plug(l)
		}, 2: func(l *laboratory) {
			l.t.Helper()
			unplug(l)
			l.forgetPort()
		}}},
	{noun: "networking_secgroup_rule", feature: pluggedIn, settings: "  security_groups = \"dvs\"\n", before: grouping,
		stages: []string{ruled}},
	{noun: "networking_secgroup_rule", settings: "  security_groups = \"dvs\"\n", before: func(l *laboratory) {
		l.t.Helper()
		l.admin("  security_groups = \"dvs\"\n", group(""))
	}, stages: []string{ruled}},
	{noun: "networking_port_secgroup_associate", settings: "  security_groups = \"dvs\"\n", before: func(l *laboratory) {
		l.t.Helper()
		l.admin("  security_groups = \"dvs\"\n", netOnSwitch+subnetOn+group("")+
			"resource \"novasphere_networking_port\" \"it\" {\n  name = \"p-port\"\n  network_id = novasphere_networking_network.n.id\n  "+
			"depends_on = [novasphere_networking_subnet.s]\n}\n")
	}, stages: []string{associated}},
	{noun: "networking_port_secgroup_associate", feature: pluggedIn, settings: "  security_groups = \"dvs\"\n", before: func(l *laboratory) {
		l.t.Helper()
		l.admin("  security_groups = \"dvs\"\n", twoFlavors+netOnSwitch+subnetOn+group("")+
			"resource \"novasphere_networking_port\" \"it\" {\n  name = \"p-port\"\n  network_id = novasphere_networking_network.n.id\n  "+
			"depends_on = [novasphere_networking_subnet.s]\n}\n")
		plug(l)
	}, stages: []string{associated}},
})

func grouped(n int) string {
	return "data \"novasphere_compute_servergroup\" \"g\" { name = \"g\" }\n" +
		fmt.Sprintf("resource \"novasphere_compute_instance\" \"it\" {\n  count = %d\n  name = \"it-${count.index}\"\n  flavor_name = "+
			"\"p.small\"\n  image_name = \"debian-12\"\n  scheduler_hints {\n    group = data.novasphere_compute_servergroup.g.id\n  }\n}\n", n)
}

func nets(config string) func(*laboratory) {
	return func(l *laboratory) {
		l.t.Helper()
		l.admin("", config)
	}
}

func subnetOf(arguments string) string {
	return "resource \"novasphere_networking_subnet\" \"it\" {\n  network_id = data.novasphere_networking_network.n.id\n  cidr = " +
		"\"10.30.0.0/24\"\n" + arguments + "}\n"
}

func portOn(arguments string) string {
	return "resource \"novasphere_networking_port\" \"it\" {\n  network_id = data.novasphere_networking_network.n.id\n  fixed_ip {\n    " +
		"subnet_id = data.novasphere_networking_subnet.s.id\n  }\n" + arguments + "}\n"
}

func group(arguments string) string {
	return "resource \"novasphere_networking_secgroup\" \"it\" {\n  name = \"p-group\"\n  stateful = false\n" + arguments + "}\n"
}

const outsideNet = "resource \"novasphere_networking_network\" \"o\" {\n  name = \"p-out\"\n  external = true\n  segments { " +
	"segmentation_id = 110 }\n}\n"

func routerOn(network, arguments string) string {
	return "resource \"novasphere_networking_router\" \"it\" {\n  name = \"p-router\"\n  external_network_id = " + network + "\n" + arguments +
		"}\n"
}

func router(arguments string) string {
	return "data \"novasphere_networking_network\" \"o\" { name = \"p-out\" }\n" +
		routerOn("data.novasphere_networking_network.o.id", arguments)
}

const (
	pluggedIn = "ports that are plugged into instances"
	theGroup  = "data \"novasphere_networking_secgroup\" \"g\" { name = \"p-group\" }\n"
	thePort   = "data \"novasphere_networking_port\" \"p\" { name = \"p-port\" }\n"
	ruled     = theGroup + "resource \"novasphere_networking_secgroup_rule\" \"it\" {\n  security_group_id = " +
		"data.novasphere_networking_secgroup.g.id\n  direction = \"ingress\"\n  ethertype = \"IPv4\"\n  protocol = \"tcp\"\n  port_range_min " +
		"= 443\n  port_range_max = 443\n}\n"

	associated = theGroup + thePort + "resource \"novasphere_networking_port_secgroup_associate\" \"it\" {\n  port_id = " +
		"data.novasphere_networking_port.p.id\n  security_group_ids = [data.novasphere_networking_secgroup.g.id]\n}\n"
)

// writeOnly returns an ESX host with a version of its password.
func writeOnly(version int) string {
	return fmt.Sprintf("resource \"novasphere_compute_node\" \"it\" {\n  hostname = \"esx-9\"\n  cluster = \"compute\"\n  password_wo = "+
		"%q\n  password_wo_version = %d\n  trust_on_first_use = true\n}\n", vcsim.HostPassword, version)
}

// attached returns a NIC of the only instance, on a network.
func attached(network string) string {
	return fmt.Sprintf("data \"novasphere_compute_instances\" \"all\" {}\ndata \"novasphere_networking_network\" \"p\" { name = %q }\n",
		network) +
		"resource \"novasphere_compute_interface_attach\" \"it\" {\n  instance_id = data.novasphere_compute_instances.all.instances[0].id\n" +
		"  network_id = data.novasphere_networking_network.p.id\n}\n"
}
