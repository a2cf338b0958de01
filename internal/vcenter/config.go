// SPDX-License-Identifier: MPL-2.0

package vcenter

import (
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/session"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Config describes how to reach a vCenter and where in it to make things. Empty optional fields are chosen automatically.
type Config struct {
	Server     string        // host or host:port
	User       string        // for example administrator@vsphere.local
	Password   string        // never printed
	Insecure   bool          // accept any certificate
	CAFile     string        // PEM text of the authorities to trust, or a file of it; several files are separated as in PATH
	APITimeout time.Duration // how long one call may stay unanswered, repetitions included
	UserAgent  string
	Version    string // this provider's version, for marks

	Datacenter     string                // name; empty: the only one
	Cluster        string                // name; empty: the only one
	ResourcePool   string                // name or path below the cluster; empty: the cluster's root pool
	Datastore      string                // name; empty: by DatastoreRegex, most free space first
	DatastoreRegex string                // matched at the start of the name, as Nova does
	Switch         string                // name of the distributed switch that networks are made on; empty: the only one
	Folder         string                // VM folder, path below the datacenter's; parent of the projects
	Project        string                // folder below Folder; empty: none
	Zones          []inventory.Zone      // availability zones beside nova, which the fields above describe
	Resolvers      []string              // name servers for guests whose subnets have none
	VLANRanges     []openstack.VLANRange // the VLANs for networks that name none, in the order they are used
	Physical       map[string]string     // the name or UUID of the switch of each physical network that is not called as its switch is
	TenantTypes    []string              // the segment types of networks that name none, in the order they are tried
	Routers        string                // RoutersPhysical or RoutersNSX; empty: no routers

	Former string // the instance UUID of the vCenter that this one replaces; empty: none

	SecurityGroups string // what enforces security groups: "dvs", "physical", "none", or empty if not configured

	Cloud openstack.Cloud // to look up names that this vCenter does not know; nil: none

	Planned *planned.Memory // what the provider has planned; nil: nothing yet
}

// connection returns how to reach the vCenter.
func (cfg Config) connection() session.Config {
	return session.Config{Server: cfg.Server, User: cfg.User, Password: cfg.Password, Insecure: cfg.Insecure, CAFile: cfg.CAFile,
		APITimeout: cfg.APITimeout, UserAgent: cfg.UserAgent}
}

// inventory returns where in the vCenter to make things.
func (cfg Config) inventory() inventory.Config {
	return inventory.Config{Server: cfg.Server, Datacenter: cfg.Datacenter, Cluster: cfg.Cluster, ResourcePool: cfg.ResourcePool,
		Datastore: cfg.Datastore, DatastoreRegex: cfg.DatastoreRegex, Switch: cfg.Switch, Folder: cfg.Folder, Project: cfg.Project,
		Zones: cfg.Zones}
}

// by returns the maker to note in marks.
func (cfg Config) by() string {
	if cfg.Project != "" {
		return cfg.User + ", project " + cfg.Project
	}
	return cfg.User
}

// owner returns what is noted on each instance about its maker.
func (cfg Config) owner() vmspec.Owner {
	return vmspec.Owner{User: cfg.User, Project: cfg.Project, Package: "terraform-provider-novasphere " + cfg.Version}
}

// RoutersPhysical is the value of Config.Routers if physical gateways route the networks, and a router is only a record of one.
const RoutersPhysical = "physical"

// RoutersNSX is the value of Config.Routers if routers are tier-1 gateways of NSX.
const RoutersNSX = "nsx"
