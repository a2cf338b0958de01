// SPDX-License-Identifier: MPL-2.0

package openstack

// Capacity is what an availability zone can hold and how much of that is in use, as its vCenter answered when a plan first asked.
//
// Its size does not depend on the number of VMs: the sums are the vCenter's own. The vCenter sums no vCPUs in use, so there are none
// here.
type Capacity struct {
	Zone  string
	Hosts int // hosts that take VMs: connected, not in maintenance, not a dedicated failover host

	Processors, MostProcessors int64 // threads of those hosts together, and of the largest one
	Memory, MostMemory         int64 // MB, of the same hosts
	Disk                       int64 // GiB, of the datastores that instances are placed on

	MemoryUsed int64 // MB: configured memory of the cluster's VMs, or where the cluster does not report it, what the hosts use
	DiskUsed   int64 // GiB

	FreeMHz, FreeMemory int64 // what VMs may still reserve, in MHz and MB; -1 where the vCenter does not report it
	Kept                bool  // the free amounts are below the pool's, because admission control holds some back for a failover

	CPURatio, RAMRatio, DiskRatio float64 // allocation ratios (overcommitment)
}
