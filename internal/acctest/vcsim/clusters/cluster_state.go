package clusters

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"

// clusters are the hosts and clusters of a vCenter: what runs on them, and which hosts are on their way into maintenance.
type Clusters struct {
	*base.Base
	Usage   *usage
	resting *resting
}

func New(b *base.Base) *Clusters {
	return &Clusters{Base: b, Usage: newUsage(), resting: newResting()}
}
