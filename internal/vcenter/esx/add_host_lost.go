// SPDX-License-Identifier: MPL-2.0

package esx

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// addPatience is how long a host is looked for when the answer to its addition was lost.
const addPatience = 5 * time.Minute

// addedHost looks for a host whose addition failed with an unknown outcome, for as long as a task adds a host to the cluster, since that
// may be ours. It returns an empty reference where there is none, and where another workspace was quicker: ours is not marked yet.
func (c *Nodes) addedHost(ctx context.Context, vim *vim25.Client, cluster ref, hostname string, err error) ref {
	patience := addPatience
	if errors.Is(err, context.DeadlineExceeded) {
		patience = wire.LastPatience
	}
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer stop()
	tries := retry.Backoff{Longest: retry.LongestPause}
	for {
		adding, _ := c.wire.AnyRecent(end, vim, func(info types.TaskInfo) bool { // asked first, so that a host that is added in between is found
			return strings.HasSuffix(info.DescriptionId, ".addHost") && info.Entity != nil && *info.Entity == cluster
		})
		c.outdatePlaces() // the names of hosts are kept, and were read before this one came
		self, failed := c.hostNamed(end, hostname)
		if self.Value != "" {
			if node, failed := c.ComputeNode(end, self.Value); failed == nil && node.Mark != nil {
				return ref{}
			}
			return self
		}
		if failed != nil || !adding || !tries.Wait(end) {
			return ref{}
		}
	}
}
