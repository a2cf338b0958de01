// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// block returns a resource "it" with these arguments.
func block(kind, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_%s\" \"it\" {\n%s\n}\n", kind, arguments)
}

const (
	groups  = `security_groups = "dvs"`
	routers = `routers = "physical"`

	flavor = `resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 5
}
`
	// An address is chosen at random unless there is only one to choose.
	lab = `resource "novasphere_networking_network" "lab" {
  name = "lab"
  segments { segmentation_id = 120 }
}
resource "novasphere_networking_subnet" "lab" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "10.20.0.0/24"
  allocation_pool {
    start = "10.20.0.10"
    end   = "10.20.0.10"
  }
}
`
	port = `resource "novasphere_networking_port" "lab" {
  name       = "lab-1"
  network_id = novasphere_networking_network.lab.id
  fixed_ip { subnet_id = novasphere_networking_subnet.lab.id }
}
`
	twoGroups = `resource "novasphere_networking_secgroup" "a" {
  name     = "a"
  stateful = false
}
resource "novasphere_networking_secgroup" "b" {
  name     = "b"
  stateful = false
}
`
	web = "  name = \"web\"\n  flavor_name = novasphere_compute_flavor.small.name\n  image_name = \"debian-12\"\n"
)

func instance(arguments string) string { return block("compute_instance", web+arguments) }

func named(kind, name, more string) string {
	return block(kind, fmt.Sprintf("  name = %q\n%s", name, more))
}

// nouns returns all resources, each in the variants whose calls to vCenter differ.
func nouns() []*faults.Noun {
	return slices.Concat(catalogueNouns(), instanceNouns(), networkNouns(), routerNouns(), vlanNouns(), groupNouns(), volumeNouns(),
		copiedNouns(), imageNouns(), segmentNouns(), groupNounsOfNSX(), routerNounsOfNSX(), qosNounsOfNSX())
}

// catalogueNouns returns those of the compute service except instances.
func catalogueNouns() []*faults.Noun {
	esx := func(more string) string {
		return block("compute_node", fmt.Sprintf("  hostname = \"esx-9\"\n  cluster = \"compute\"\n  password_wo = %q\n  thumbprint = %q\n%s",
			vcsim.HostPassword, vcsim.HostThumbprint("esx-9"), more))
	}
	return []*faults.Noun{
		{Name: "flavor", Create: named("compute_flavor", "m1.tiny", "vcpus = 1\nram = 512\ndisk = 1\n"),
			Update: named("compute_flavor", "m1.tiny", "vcpus = 1\nram = 512\ndisk = 1\nis_public = false\nextra_specs = { \"hw:cpu_cores\" = "+
				"\"1\" }")},
		{Name: "keypair", Create: named("compute_keypair", "ops",
			`public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMJJjuINH8TredHVhBtEfDwCVqSaQiZ+VRA9oyqibLnY ops@example.com"`)},
		{Name: "servergroup", Create: named("compute_servergroup", "web", "policies = [\"anti-affinity\"]")},
		{Name: "aggregate", Create: named("compute_aggregate", "ssd", "metadata = { disk = \"ssd\" }\nhosts = [\"esx-1\"]"),
			Update: named("compute_aggregate", "ssd", "metadata = { disk = \"nvme\" }\nhosts = [\"esx-1\", \"esx-2\"]")},
		{Name: "compute_node", Create: esx("distributed_switch {\n  switch = \"dvs-1\"\n  adapters = [\"vmnic1\"]\n}"),
			Update: esx("status = \"disabled\"\ndisabled_reason = \"new memory\"\ntags = [\"row-1\"]\ndistributed_switch {\n  switch = " +
				"\"dvs-1\"\n  adapters = [\"vmnic1\", \"vmnic2\"]\n}")},
		{Name: "compute_cluster", Create: named("compute_cluster", "edge", "ha_enabled = true"),
			Update: named("compute_cluster", "edge-2", "ha_enabled = true\nha_host_failures = 1")},
	}
}

func instanceNouns() []*faults.Noun {
	const large = `resource "novasphere_compute_flavor" "large" {
  name  = "m1.large"
  vcpus = 2
  ram   = 4096
  disk  = 8
}
`
	const plug = "  network { name = \"public\" }\n"
	const onInstance = "  instance_id = novasphere_compute_instance.it.id\n  volume_id = novasphere_blockstorage_volume.it.id\n"
	return []*faults.Noun{
		{Name: "instance", Base: flavor, Create: instance(plug), Update: instance("  metadata = { role = \"web\" }\n  tags = [\"a\"]\n  " +
			"power_state = \"shutoff\"\n" + plug)},
		{Name: "instance with config drive", Base: flavor + large, Create: instance("  config_drive = true\n  user_data = \"#cloud-config\"\n" +
			plug),
			Update: block("compute_instance", "  name = \"web-2\"\n  flavor_name = novasphere_compute_flavor.large.name\n  image_name = "+
				"\"debian-12\"\n  config_drive = true\n  user_data = \"#cloud-config\"\n"+plug)},
		{Name: "instance on a subnet", Base: flavor + lab,
			Create: instance("  network { uuid = novasphere_networking_subnet.lab.network_id }\n")},
		{Name: "instance with a port", Settings: groups, Base: flavor + lab + twoGroups + port,
			Create: instance("  network { port = novasphere_networking_port.lab.id }\n"),
			Update: instance("  network { port = novasphere_networking_port.lab.id }\n  network { name = \"public\" }\n")},
		{Name: "instance that is customized", Base: flavor + lab, Prepare: customized,
			Create: instance("  network { uuid = novasphere_networking_subnet.lab.network_id }\n")},
		{Name: "instance in a server group", Base: flavor + named("compute_servergroup", "web", "policies = [\"anti-affinity\"]") +
			block("compute_instance", "  count = 1\n  name = \"other\"\n  flavor_name = novasphere_compute_flavor.small.name\n  image_name = "+
				"\"debian-12\"\n  scheduler_hints { group = novasphere_compute_servergroup.it.id }\n"),
			Create: `resource "novasphere_compute_instance" "web" {` + "\n" + web +
				"  scheduler_hints { group = novasphere_compute_servergroup.it.id }\n}\n"},
		{Name: "instance that boots from an image's volume", Base: flavor, Create: booted("image", "data.novasphere_images_image.i.id", "")},
		{Name: "instance with volumes", Base: flavor, Prepare: func(_ testing.TB, vc *acctest.VCenter) { vc.MakeDisk("there", 3<<10) },
			Create: booted("volume", "data.novasphere_blockstorage_volume.v.id", `  block_device {
    source_type           = "image"
    uuid                  = data.novasphere_images_image.i.id
    destination_type      = "volume"
    volume_size           = 4
    boot_index            = -1
    delete_on_termination = true
  }
  block_device {
    source_type      = "blank"
    destination_type = "volume"
    volume_size      = 1
    boot_index       = -1
  }
`) + "data \"novasphere_blockstorage_volume\" \"v\" { name = \"there\" }\n"},
		{Name: "interface_attach", Base: flavor + instance(plug), Create: block("compute_interface_attach",
			"  instance_id = novasphere_compute_instance.it.id\n  network_id = data.novasphere_networking_network.private.id") +
			"data \"novasphere_networking_network\" \"private\" { name = \"private\" }\n"},
		{Name: "volume_attach", Base: flavor + instance(plug) + named("blockstorage_volume", "data", "size = 1"),
			Create: block("compute_volume_attach", onInstance)},
		{Name: "volume_attach shared", Base: flavor + instance(plug) + named("blockstorage_volume", "data", "size = 1\n  multiattach = true"),
			Create: block("compute_volume_attach", onInstance+"  multiattach = true\n")},
	}
}

// booted returns an instance that boots from a volume, with more blocks.
func booted(source, id, more string) string {
	return "data \"novasphere_images_image\" \"i\" { name = \"debian-12\" }\n" + block("compute_instance",
		"  name = \"web\"\n  flavor_name = novasphere_compute_flavor.small.name\n  network { name = \"public\" }\n"+
			fmt.Sprintf("  block_device {\n    source_type = %q\n    uuid = %s\n    destination_type = \"volume\"\n    volume_size = 4\n    "+
				"boot_index = 0\n  }\n", source, id)+more)
}

func networkNouns() []*faults.Noun {
	const cut = "network_id = novasphere_networking_network.lab.id\nsubnetpool_id = novasphere_networking_subnetpool.lab.id\n" +
		"prefix_length = 24"
	return []*faults.Noun{
		{Name: "network", Create: named("networking_network", "net", "segments { segmentation_id = 130 }"),
			Update: named("networking_network", "net-2", "description = \"the other\"\ntags = [\"front\"]\nsegments { segmentation_id = 130 }")},
		{Name: "subnet", Base: `resource "novasphere_networking_network" "lab" {` +
			"\n  name = \"lab\"\n  segments { segmentation_id = 120 }\n}\n",
			Create: named("networking_subnet", "s", "network_id = novasphere_networking_network.lab.id\ncidr = \"10.20.0.0/24\""),
			Update: named("networking_subnet", "s", "network_id = novasphere_networking_network.lab.id\ncidr = "+
				"\"10.20.0.0/24\"\ndns_nameservers = [\"10.20.0.2\"]")},
		{Name: "port", Settings: groups, Base: lab + twoGroups, Create: named("networking_port", "p",
			"network_id = novasphere_networking_network.lab.id\nsecurity_group_ids = [novasphere_networking_secgroup.a.id]\nfixed_ip { "+
				"ip_address = \"10.20.0.20\" }"),
			Update: named("networking_port", "p", "network_id = novasphere_networking_network.lab.id\nsecurity_group_ids = "+
				"[novasphere_networking_secgroup.a.id, novasphere_networking_secgroup.b.id]\nfixed_ip { ip_address = \"10.20.0.21\" }")},
		{Name: "port of a running instance", Settings: groups, Base: lab + twoGroups + flavor,
			Create: named("networking_port", "p", "network_id = novasphere_networking_network.lab.id\nsecurity_group_ids = "+
				"[novasphere_networking_secgroup.a.id]\nfixed_ip { ip_address = \"10.20.0.20\" }") +
				instance("  network { port = novasphere_networking_port.it.id }\n"),
			Update: named("networking_port", "p", "network_id = novasphere_networking_network.lab.id\nsecurity_group_ids = "+
				"[novasphere_networking_secgroup.b.id]\nadmin_state_up = false\nfixed_ip { ip_address = \"10.20.0.20\" }") +
				instance("  network { port = novasphere_networking_port.it.id }\n")},
		{Name: "addressscope", Create: named("networking_addressscope", "inside", ""),
			Update: named("networking_addressscope", "within", "")},
		{Name: "subnetpool", Create: named("networking_subnetpool", "inside", "prefixes = [\"10.30.0.0/16\"]"),
			Update: named("networking_subnetpool", "inside", "prefixes = [\"10.30.0.0/15\"]\ndefault_quota = 1024")},
		{Name: "subnet of a pool",
			Base: `resource "novasphere_networking_network" "lab" {` + "\n  name = \"lab\"\n  segments { segmentation_id = " +
				"120 }\n}\n" + `resource "novasphere_networking_subnetpool" "lab" {` + "\n  name = \"lab\"\n  prefixes = [\"10.30.0.0/24\"]\n}\n",
			Create: named("networking_subnet", "s", cut), // one prefix fits
			Update: named("networking_subnet", "s", cut+"\ndns_nameservers = [\"10.20.0.2\"]")},
		{Name: "qos_policy", Create: named("networking_qos_policy", "slow", "tags = [\"a\"]"),
			Update: named("networking_qos_policy", "slow-2", "description = \"guests\"")},
		{Name: "qos_bandwidth_limit_rule", Base: flavor + lab + limited + instance("  network { port = novasphere_networking_port.lab.id }\n"),
			Create: block("networking_qos_bandwidth_limit_rule", "qos_policy_id = novasphere_networking_qos_policy.slow.id\nmax_kbps = 1000"),
			Update: block("networking_qos_bandwidth_limit_rule", "qos_policy_id = novasphere_networking_qos_policy.slow.id\nmax_kbps = 2000")},
		{Name: "trunk of a running instance", Base: flavor + lab + port + subPort +
			instance("  network { port = novasphere_networking_port.lab.id }\n"),
			Create: block("networking_trunk", "port_id = novasphere_networking_port.lab.id\n"+carried),
			Update: block("networking_trunk", "name = \"t\"\nadmin_state_up = false\nport_id = novasphere_networking_port.lab.id\n"+carried)},
		{Name: "subnet_route", Base: lab, Create: block("networking_subnet_route",
			"subnet_id = novasphere_networking_subnet.lab.id\ndestination_cidr = \"10.40.0.0/16\"\nnext_hop = \"10.20.0.253\"")},
	}
}

// limited is a port whose policy is its network's, too; subPort is a port on a VLAN, and carried its place in a trunk.
const (
	limited = `resource "novasphere_networking_qos_policy" "slow" {
  name = "slow"
}
resource "novasphere_networking_network" "slow" {
  name          = "slow"
  qos_policy_id = novasphere_networking_qos_policy.slow.id
  segments { segmentation_id = 131 }
}
resource "novasphere_networking_port" "lab" {
  network_id    = novasphere_networking_network.lab.id
  qos_policy_id = novasphere_networking_qos_policy.slow.id
  fixed_ip { subnet_id = novasphere_networking_subnet.lab.id }
}
`
	subPort = `resource "novasphere_networking_network" "vlan" {
  name = "vlan"
  segments { segmentation_id = 132 }
}
resource "novasphere_networking_port" "vlan" {
  network_id = novasphere_networking_network.vlan.id
}
`
	carried = `sub_port {
    port_id           = novasphere_networking_port.vlan.id
    segmentation_type = "vlan"
    segmentation_id   = 132
  }
`
)

// admitting returns an address group, and a rule that lets its addresses in.
func admitting(prefix string) string {
	return named("networking_address_group", "office", fmt.Sprintf("addresses = [%q]", prefix)) + block("networking_secgroup_rule",
		"security_group_id = novasphere_networking_secgroup.a.id\ndirection = \"ingress\"\nethertype = \"IPv4\"\n"+
			"remote_address_group_id = novasphere_networking_address_group.it.id")
}

func groupNouns() []*faults.Noun {
	return []*faults.Noun{
		{Name: "secgroup", Settings: groups, Create: named("networking_secgroup", "g", "stateful = false"),
			Update: named("networking_secgroup", "g-2", "description = \"web\"\nstateful = false")},
		{Name: "secgroup_rule", Settings: groups, Base: flavor + lab + twoGroups + `resource "novasphere_networking_port" "lab" {
  network_id         = novasphere_networking_network.lab.id
  security_group_ids = [novasphere_networking_secgroup.a.id]
  fixed_ip { subnet_id = novasphere_networking_subnet.lab.id }
}
` + instance("  network { port = novasphere_networking_port.lab.id }\n"),
			Create: block("networking_secgroup_rule", "security_group_id = novasphere_networking_secgroup.a.id\ndirection = "+
				"\"ingress\"\nethertype = \"IPv4\"\nprotocol = \"tcp\"\nport_range_min = 443\nport_range_max = 443")},
		{Name: "address_group", Settings: groups, Base: flavor + lab + twoGroups + `resource "novasphere_networking_port" "lab" {
  network_id         = novasphere_networking_network.lab.id
  security_group_ids = [novasphere_networking_secgroup.a.id]
  fixed_ip { subnet_id = novasphere_networking_subnet.lab.id }
}
` + instance("  network { port = novasphere_networking_port.lab.id }\n"), Create: admitting("192.0.2.0/25"),
			Update: admitting("192.0.2.0/24")},
		{Name: "port_secgroup_associate", Settings: groups, Base: lab + twoGroups + port,
			Create: block("networking_port_secgroup_associate", "port_id = novasphere_networking_port.lab.id\nsecurity_group_ids = "+
				"[novasphere_networking_secgroup.a.id]"),
			Update: block("networking_port_secgroup_associate", "port_id = novasphere_networking_port.lab.id\nsecurity_group_ids = "+
				"[novasphere_networking_secgroup.a.id, novasphere_networking_secgroup.b.id]")},
	}
}

// customized marks the template as one whose guest vSphere customizes: it has no cloud-init.
func customized(t testing.TB, vc *acctest.VCenter) {
	t.Helper()
	finder := find.NewFinder(vc.Client().Client)
	vm, err := finder.VirtualMachine(t.Context(), vc.Datacenter(1)+"/vm/images/debian-12")
	if err != nil {
		t.Fatal(err)
	}
	var options []types.BaseOptionValue
	for key, value := range map[string]string{"novasphere.image.novasphere_guest_customization": "linux", vcsim.PlainGuest: "TRUE"} {
		options = append(options, &types.OptionValue{Key: key, Value: value})
	}
	pool, err := finder.ResourcePool(t.Context(), vc.Datacenter(1)+"/host/compute/Resources")
	if err == nil {
		err = vm.MarkAsVirtualMachine(t.Context(), *pool, nil)
	}
	var task *object.Task
	if err == nil {
		task, err = vm.Reconfigure(t.Context(), types.VirtualMachineConfigSpec{ExtraConfig: options})
	}
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err == nil {
		err = vm.MarkAsTemplate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}
