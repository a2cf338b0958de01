// SPDX-License-Identifier: MPL-2.0

// Package clusters simulates hosts and clusters where govmomi's simulator is lax: which hosts join and leave, maintenance, DRS with its
// rules and groups, resource pools, and figures that follow from the machines that run.
package clusters

import (
	"sync/atomic"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// Clusters are the hosts and clusters of a vCenter: what runs on them, and which hosts are on their way into maintenance.
type Clusters struct {
	*base.Base
	Usage    *usage
	entering *entering

	AddHostTime atomic.Int64 // nanoseconds that AddHost_Task takes before the host is there
}

// New prepares the clusters of a vCenter.
func New(b *base.Base) *Clusters {
	return &Clusters{Base: b, Usage: newUsage(), entering: newEntering()}
}

// clusterRules are those of ClusterComputeResource.
type clusterRules struct {
	base.Receiver
	*Clusters
}

// hostFolderRules are those of Folder that make clusters and hosts.
type hostFolderRules struct {
	base.Receiver
	*Clusters
}

// hostRules are those of HostSystem.
type hostRules struct {
	base.Receiver
	*Clusters
}

// standaloneRules are those of a ComputeResource, which is what a host without a cluster lies in.
type standaloneRules struct {
	base.Receiver
	*Clusters
}

// poolRules are those of ResourcePool.
type poolRules struct {
	base.Receiver
	*Clusters
}

// datacenterRules are those of Datacenter.
type datacenterRules struct {
	base.Receiver
}
