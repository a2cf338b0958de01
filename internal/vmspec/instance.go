// SPDX-License-Identifier: MPL-2.0

// Package vmspec translates between OpenStack's nouns and a vSphere VirtualMachineConfigSpec, without any I/O. It follows Nova's VMware
// driver (nova.virt.vmwareapi) wherever that has a rule.
package vmspec

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// Instance is a planned instance, with every name already resolved.
type Instance struct {
	ID         string // the instance's UUID
	Name       string
	Flavor     openstack.Flavor
	ImageID    string
	Properties map[string]string // the image's
	ISO        hardware.ISO      // where it names a file, the VM boots from a CD-ROM instead of a copied disk
	Root       Root              // where its root disk is not the flavor's
	NICs       []NIC
	Disks      []openstack.Disk // beside the root disk; nil: those of the flavor
	PolicyID   string           // id of the storage policy that Needs names
	Clock      Clock
	Owner      Owner
	Extra      map[string]string // further extraConfig: this provider's records and the guest's data
}

// Root is a root disk that is a volume. Its zero value is the disk that the flavor describes.
type Root struct {
	GiB      *int64 // instead of the flavor's; 0 keeps the size that it has
	Bus      string // as in block_device.disk_bus; empty: the image's
	Diskless bool   // it is attached once the VM exists
}

// NIC is a planned network card.
type NIC struct {
	Network openstack.Network
	Port    string // the port's id
	MAC     string

	SwitchPort string // key of the switch port that was booked for it; empty: any
	Attachment string // on a segment, the externalId by which NSX finds its port; empty: NSX makes a port by itself
}

// Clock is the speed of a core. With a zero Clock values are still checked, but amounts derived from it are wrong.
type Clock = openstack.Clock

// Owner holds the user and the project that the annotation names.
type Owner struct {
	User    string
	Project string
	Package string // the program and its version
}
