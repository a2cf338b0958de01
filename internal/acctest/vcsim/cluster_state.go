package vcsim

// clusters are the hosts and clusters of a vCenter: what runs on them, and which hosts are on their way into maintenance.
type clusters struct {
	*base
	usage   *usage
	resting *resting
}

func newClusters(b *base) *clusters {
	return &clusters{base: b, usage: newUsage(), resting: newResting()}
}
