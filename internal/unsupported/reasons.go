// SPDX-License-Identifier: MPL-2.0

package unsupported

const (
	noRouters = ": a vCenter has no routers, the record of a physical gateway changes nothing on it, and a router of NSX " +
		"learns and tells its routes through the tier-0 gateway, which is its operator's"
	noProjects = ", and a vCenter has no projects"
)

// Why nouns are unsupported, and what to use instead.
var (
	bgp = reason{"needs a router that speaks BGP" + noRouters,
		"Write the routes into the physical gateway, or have the tier-0 speak BGP in NSX, and delete it here"}
	outside = reason{"is for a host that is no instance, and a vCenter gives its disks to its own virtual machines only",
		"novasphere_compute_volume_attach attaches a volume to an instance"}
	storageTypes = reason{"describes storage to a volume service, and here that is a storage policy, which the vCenter's administrator makes",
		"volume_type of novasphere_blockstorage_volume names a storage policy, and data.novasphere_blockstorage_volume_type finds one; the " +
			"provider's arguments datastore and datastore_regex say where disks lie, and a flavor's extra specs quota:disk_io_* limit them"}
	quotas = reason{"limits a project" + noProjects + ": nobody would count, and every maximum is unlimited",
		"Delete it; what an administrator wants to limit is a resource pool of the vCenter"}
	projects = reason{"speaks of another project" + noProjects + ": a flavor, an image or a network is everybody's who may use it there",
		"Delete it; who may use what is said by the vCenter's permissions"}
	marks = reason{"is written into packets by a network service, and this version has the distributed switch write none",
		"Mark them by a rule of the portgroup's traffic filtering and marking, or at the physical switch; " +
			"novasphere_networking_qos_bandwidth_limit_rule limits a port"}
	guarantees = reason{"is kept by a scheduler of a network service, and a distributed switch guarantees bandwidth to the NICs of " +
		"machines",
		"Write it as quota:vif_reservation of a flavor, and quota:vif_shares_level for what a NIC gets where the " +
			"network is busy; novasphere_networking_qos_bandwidth_limit_rule limits a port"}
	segments = reason{"is one wire of several under a network, and a portgroup has exactly one",
		"Write the segments block of novasphere_networking_network"}
)
