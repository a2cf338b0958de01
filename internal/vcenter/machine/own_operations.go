// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

// Making notes that this process makes an instance, until ended is called, so that its records are not taken for leftovers.
func (c *Machines) Making(id string) (ended func()) {
	c.attending.making.Store(id, true)
	return func() { c.attending.making.Delete(id) }
}

// Gone notes that an instance existed and is gone.
func (c *Machines) Gone(id string) { c.attending.gone.Store(strings.ToLower(id), true) }

// KnownGone reports whether this process has seen that an instance is gone.
func (c *Machines) KnownGone(id string) bool {
	_, gone := c.attending.gone.Load(strings.ToLower(id))
	return gone
}

// BeginDelete notes that this process destroys an instance, until ended is called.
func (c *Machines) BeginDelete(id string) (ended func()) {
	id = strings.ToLower(id)
	c.attending.going.Store(id, true)
	return func() { c.attending.going.Delete(id) }
}

// Going reports whether this process is destroying an instance.
func (c *Machines) Going(id string) bool {
	_, going := c.attending.going.Load(strings.ToLower(id))
	return going
}

// Absent reports whether vCenter has no VM with an instance's UUID and this process is not making it. The instance may have been
// destroyed outside Terraform, or another process may be about to make it.
func (c *Machines) Absent(ctx context.Context, id string) (bool, error) {
	if _, making := c.attending.making.Load(id); making {
		return false, nil
	}
	_, err := c.ByID(ctx, id)
	if errors.Is(err, openstack.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// clonePatience is how long after its ports were claimed an instance's clone may still be sent, deploying its image first included.
const clonePatience = time.Hour

// Cloning reports whether vCenter runs a clone that may be the instance whose ports were claimed at a time, allowing for clocks five
// minutes apart. It reports true where the tasks cannot be read.
func (c *Machines) Cloning(ctx context.Context, claimed time.Time) bool {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return true
	}
	running, err := c.wire.AnyRecent(ctx, vim, func(info types.TaskInfo) bool {
		return strings.HasPrefix(info.DescriptionId, "VirtualMachine.clone") &&
			info.QueueTime.After(claimed.Add(-5*time.Minute)) && info.QueueTime.Before(claimed.Add(clonePatience))
	})
	return err != nil || running
}

// AwaitClones waits until no clone runs that may be the instance whose ports were claimed at a time, for at most ClonesPatience in all.
func (c *Machines) AwaitClones(ctx context.Context, id string, claimed time.Time) {
	until, _ := c.attending.awaited.LoadOrStore(strings.ToLower(id), time.Now().Add(c.ClonesPatience)) // its ports share it
	end, _ := until.(time.Time)
	ctx, stop := context.WithDeadline(ctx, end)
	defer stop()
	for tries := (retry.Backoff{Longest: retry.LongestPause}); c.Cloning(ctx, claimed) && tries.Wait(ctx); {
	}
}

// PortID returns the id of the port for the i-th NIC of the instance of a name on a network. It is the same in every process.
func (c *Machines) PortID(name, network string, i int) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "novasphere:%s#%s/%d", c.Path(name), network, i)).String()
}
