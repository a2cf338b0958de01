// Package vmspec translates between OpenStack's nouns and a vSphere VirtualMachineConfigSpec, without touching the world.
// The rules are those of Nova's VMware driver (nova.virt.vmwareapi) wherever it has one.
package vmspec

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// Instance is an instance as it should be, with every name already resolved.
type Instance struct {
	ID         string // the instance's UUID
	Name       string
	Flavor     openstack.Flavor
	ImageID    string
	Properties map[string]string // the image's
	ISO        hardware.ISO      // boots from a CD-ROM instead of a copied disk, where it names a file
	NICs       []NIC
	Disks      []openstack.Disk // beside the root disk; nil: those of the flavor
	PolicyID   string           // the storage policy's, where Needs names one
	Clock      Clock
	Owner      Owner
	Extra      map[string]string // further extraConfig: our records and what the guest reads
}

// NIC is a network card as it should be.
type NIC struct {
	Network openstack.Network
	Port    string // the port's id
	MAC     string

	SwitchPort string // the key of the switch's port that was booked for it; empty: any
}

// Clock is the speed of a core. With a zero one values are checked, and what follows from it is not right.
type Clock = openstack.Clock

// Owner is who the annotation names.
type Owner struct {
	User    string
	Project string
	Package string // the program and its version
}
