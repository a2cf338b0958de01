package openstack

// Capacity is what an availability zone can hold and what of that is in use, as its vCenter showed it when a plan first asked.
//
// Nothing in it grows with the machines that are there: the sums are the vCenter's own. It keeps none of the vCPUs that are in use.
type Capacity struct {
	Zone  string
	Hosts int // that take machines: connected, not in maintenance, and not kept free for a failover

	Processors, MostProcessors int64 // threads of those hosts, and of the largest
	Memory, MostMemory         int64 // MB, of the same
	Disk                       int64 // GiB, of the datastores that instances go to

	MemoryUsed int64 // MB: what machines of the cluster are configured to have, or where it does not say, what hosts use
	DiskUsed   int64 // GiB

	FreeMHz, FreeMemory int64 // what machines may still reserve: MHz and MB; -1 where it is not shown
	Kept                bool  // and less than the pool has, because admission control keeps some for a failover

	CPURatio, RAMRatio, DiskRatio float64 // how much of each is given out
}
