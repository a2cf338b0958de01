package vcenter

import (
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/session"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Config is how a vCenter is reached and where in it things are made. Empty optional fields mean: find it.
type Config struct {
	Server     string        // host or host:port
	User       string        // for example administrator@vsphere.local
	Password   string        // never printed
	Insecure   bool          // accept any certificate
	CAFile     string        // PEM text of the authorities to trust, or a file of it; several files are separated as in PATH
	APITimeout time.Duration // how long one call may stay unanswered, repeats included
	UserAgent  string
	Version    string // this provider's version, for marks

	Datacenter     string           // name; empty: the only one
	Cluster        string           // name; empty: the only one
	ResourcePool   string           // name or path below the cluster; empty: the cluster's root pool
	Datastore      string           // name; empty: by DatastoreRegex, most free space first
	DatastoreRegex string           // matched at the start of the name, as Nova does
	Switch         string           // name of the distributed switch that networks are made on; empty: the only one
	Folder         string           // VM folder, path below the datacenter's; parent of the projects
	Project        string           // folder below Folder; empty: none
	Zones          []inventory.Zone // availability zones beside nova, which the fields above describe
	Resolvers      []string         // name servers that guests are told where their subnets have none
	Routers        string           // RoutersPhysical; empty: there are none

	Former string // the instance UUID of the vCenter in whose place this one is; empty: it is in nobody's

	SecurityGroups string // who enforces security groups: "dvs", "none", or empty where nobody said

	Cloud openstack.Cloud // where a name is looked up that this vCenter does not know; nil: nowhere

	Planned *planned.Memory // what the provider has planned; nil: nothing yet
}

// connection is how the vCenter is reached.
func (cfg Config) connection() session.Config {
	return session.Config{Server: cfg.Server, User: cfg.User, Password: cfg.Password, Insecure: cfg.Insecure, CAFile: cfg.CAFile,
		APITimeout: cfg.APITimeout, UserAgent: cfg.UserAgent}
}

// inventory is where in the vCenter things are made.
func (cfg Config) inventory() inventory.Config {
	return inventory.Config{Server: cfg.Server, Datacenter: cfg.Datacenter, Cluster: cfg.Cluster, ResourcePool: cfg.ResourcePool,
		Datastore: cfg.Datastore, DatastoreRegex: cfg.DatastoreRegex, Switch: cfg.Switch, Folder: cfg.Folder, Project: cfg.Project,
		Zones: cfg.Zones}
}

// by is who makes something, for marks.
func (cfg Config) by() string {
	if cfg.Project != "" {
		return cfg.User + ", project " + cfg.Project
	}
	return cfg.User
}

// owner is noted on each instance.
func (cfg Config) owner() vmspec.Owner {
	return vmspec.Owner{User: cfg.User, Project: cfg.Project, Package: "terraform-provider-novasphere " + cfg.Version}
}

// RoutersPhysical is the Config's Routers where physical gateways route the networks, and a router is the record of one.
const RoutersPhysical = "physical"
