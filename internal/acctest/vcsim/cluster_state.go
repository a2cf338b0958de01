package vcsim

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"

// clusters are the hosts and clusters of a vCenter: what runs on them, and which hosts are on their way into maintenance.
type clusters struct {
	*base.Base
	usage   *usage
	resting *resting
}

func newClusters(b *base.Base) *clusters {
	return &clusters{Base: b, usage: newUsage(), resting: newResting()}
}
