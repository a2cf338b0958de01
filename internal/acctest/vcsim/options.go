// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

const (
	// DefaultUser is the account that can log in unless Options says otherwise.
	DefaultUser = "administrator@vsphere.local"
	// DefaultPassword is its password. It opens nothing but a simulator on the loopback interface.
	DefaultPassword = "VMware1!"
	// DefaultAPIVersion is what vCenter 8.0 Update 3 reports.
	DefaultAPIVersion = "8.0.3.0"
)

// Options choose what kind of vCenter starts. The zero value is the one most tests want.
type Options struct {
	// Unmodified leaves govmomi's simulator as it is; the inventory is the same.
	Unmodified bool
	// Listen is the address to serve on, a free port of 127.0.0.1 by default.
	Listen string
	// ForeignVMs is the number of virtual machines that are nobody's: half of them lie in the datacenter's VM folder,
	// half in a folder named OpenStack.
	ForeignVMs int
	// Datacenters and Clusters are the numbers of each, one by default. Clusters is counted per datacenter.
	Datacenters, Clusters int
	// DatacenterFolder is the name of a folder below the root folder that every datacenter lies in, as in /emea/dc1. Empty
	// stands for none, as in /dc1.
	DatacenterFolder string
	// NoDRS leaves DRS off in every cluster: CreateVM_Task must then say which host it wants.
	NoDRS bool
	// KeyProvider makes a vCenter that can encrypt: without one no machine gets a TPM.
	KeyProvider bool
	// Advanced is what happens to advanced parameters of machines that are not off: all are taken by default.
	Advanced Advanced
	// Disks choose how first class disks behave where servers were seen to differ.
	Disks DiskKnobs
	// Uploads choose how hosts take the disks of imported machines.
	Uploads UploadKnobs
	// Library chooses how content libraries take files.
	Library LibraryKnobs
	// User and Password are the only ones that can log in.
	User, Password string
	// APIVersion is what the server says of itself, for instance 6.7.3 for one that is too old.
	APIVersion string
}

func (o Options) withDefaults() Options {
	o.Listen = base.FirstOf(o.Listen, "127.0.0.1:0")
	o.User = base.FirstOf(o.User, DefaultUser)
	o.Password = base.FirstOf(o.Password, DefaultPassword)
	o.APIVersion = base.FirstOf(o.APIVersion, DefaultAPIVersion)
	o.Datacenters = max(o.Datacenters, 1)
	o.Clusters = max(o.Clusters, 1)
	return o
}

// productVersion is the version of the product that speaks o.APIVersion: a real server gives 8.0.3 for API 8.0.3.0.
func (o Options) productVersion() string {
	parts := append(strings.Split(o.APIVersion, "."), "0", "0")
	return strings.Join(parts[:3], ".")
}
