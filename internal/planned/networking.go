package planned

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// Networking is what is planned of the network service's nouns.
type Networking struct {
	Networks Set[openstack.Network]           // by name, and by id where it has one
	Subnets  Set[openstack.Subnet]            // by the id of their network
	Ports    Set[openstack.Port]              // by PortKeys
	Groups   Set[openstack.SecurityGroup]     // by name, and by id where it has one
	Rules    Set[openstack.SecurityGroupRule] // by the id of their group
}

// AnyGroup is a key that every security group which is to be made is kept under: a rule of one that is not made yet cannot say of which.
const AnyGroup = "*"

// NewNetworking has planned nothing yet.
func NewNetworking() *Networking {
	n := &Networking{}
	n.Networks.ID, n.Networks.Bare = func(v openstack.Network) string { return v.ID }, func(v openstack.Network) openstack.Network {
		return openstack.Network{Name: v.Name, VLAN: v.VLAN, Trunk: v.Trunk, Description: v.Description}
	}
	n.Networks.Meets = func(a, b openstack.Network) bool { return a.Name == b.Name && a.SwitchUUID == b.SwitchUUID }
	n.Subnets.ID, n.Subnets.Bare = func(v openstack.Subnet) string { return v.ID }, func(v openstack.Subnet) openstack.Subnet {
		v.ID, v.Mark = "", nil
		return v
	}
	n.Subnets.Meets = func(a, b openstack.Subnet) bool { return a.CIDR == b.CIDR }
	n.Ports.ID, n.Ports.Bare = func(v openstack.Port) string { return v.ID }, func(v openstack.Port) openstack.Port {
		bare := openstack.Port{NetworkID: v.NetworkID, Name: v.Name, MAC: v.MAC}
		for _, ip := range v.FixedIPs {
			bare.FixedIPs = append(bare.FixedIPs, openstack.FixedIP{Address: ip.Address})
		}
		return bare
	}
	n.Ports.Meets = func(openstack.Port, openstack.Port) bool { return true }
	n.Groups.ID, n.Groups.Bare = func(v openstack.SecurityGroup) string { return v.ID }, func(v openstack.SecurityGroup) openstack.SecurityGroup {
		return openstack.SecurityGroup{Name: v.Name, Description: v.Description, Tags: v.Tags, Replies: v.Replies, Bare: v.Bare}
	}
	n.Groups.Meets = func(a, b openstack.SecurityGroup) bool { return a.Name == b.Name }
	n.Rules.ID, n.Rules.Bare = func(v openstack.SecurityGroupRule) string { return v.ID }, func(v openstack.SecurityGroupRule) openstack.SecurityGroupRule {
		v.ID, v.Mark = "", nil
		return v
	}
	n.Rules.Meets = n.Rules.same
	return n
}

// PortKeys are what no two ports of a network share: their addresses and their MAC, as far as they are known.
func PortKeys(p openstack.Port) (keys []string) {
	if p.MAC != "" {
		keys = append(keys, p.NetworkID+" mac "+p.MAC)
	}
	for _, ip := range p.FixedIPs {
		if ip.Address != "" {
			keys = append(keys, p.NetworkID+" ip "+ip.Address)
		}
	}
	return keys
}
