package esx

import (
	"context"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// addPatience is how long a host is looked for when the answer to its addition was lost.
const addPatience = 5 * time.Minute

// addedHost looks for a host whose addition was not answered, for as long as a task adds a host to the cluster, since that may be ours. It
// returns an empty reference where there is none.
func (c *Nodes) addedHost(ctx context.Context, vim *vim25.Client, cluster ref, hostname string) ref {
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), addPatience)
	defer stop()
	tries := retry.Backoff{Longest: retry.LongestPause}
	for {
		adding := c.adding(end, vim, cluster) // asked first, so that a host that is added in between is found
		self, err := c.hostNamed(end, hostname)
		if self.Value != "" || err != nil || !adding || !tries.Wait(end) {
			return self
		}
	}
}

// adding reports whether a host is being added to the cluster.
func (c *Nodes) adding(ctx context.Context, vim *vim25.Client, cluster ref) bool {
	manager, err := wire.Read[mo.TaskManager](ctx, c.wire, *vim.ServiceContent.TaskManager, []string{"recentTask"})
	return err == nil && c.wire.AnyRunning(ctx, manager.RecentTask, func(info types.TaskInfo) bool {
		return strings.HasSuffix(info.DescriptionId, ".addHost") && info.Entity != nil && *info.Entity == cluster
	})
}
