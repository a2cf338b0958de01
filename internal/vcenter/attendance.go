package vcenter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// attendance is what this process knows of instances that their machines do not show: who is about to come, about to go, and gone for good.
type attendance struct{ making, going, gone, awaited sync.Map } // by the instances' UUIDs

// Making notes that this process makes an instance, until ended is called: what is recorded for it is not left over from anything.
func (c *Client) Making(id string) (ended func()) {
	c.attending.making.Store(id, true)
	return func() { c.attending.making.Delete(id) }
}

// Gone notes that an instance was there, and is not any more.
func (c *Client) Gone(id string) { c.attending.gone.Store(strings.ToLower(id), true) }

// KnownGone says that an instance was there, and is not any more, as far as this process has seen it.
func (c *Client) KnownGone(id string) bool {
	_, gone := c.attending.gone.Load(strings.ToLower(id))
	return gone
}

// beginDelete notes that this process destroys an instance, until ended is called.
func (c *Client) beginDelete(id string) (ended func()) {
	id = strings.ToLower(id)
	c.attending.going.Store(id, true)
	return func() { c.attending.going.Delete(id) }
}

// Going says that this process destroys an instance at this moment.
func (c *Client) Going(id string) bool {
	_, going := c.attending.going.Load(strings.ToLower(id))
	return going
}

// Absent says that a vCenter has no machine with an instance's UUID, and that this process is not about to make it. It may have been
// destroyed outside Terraform, or never have been made: another process may be about to.
func (c *Client) Absent(ctx context.Context, id string) (bool, error) {
	if _, making := c.attending.making.Load(id); making {
		return false, nil
	}
	_, err := c.ServerByID(ctx, id)
	if errors.Is(err, openstack.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// clonePatience is how long after its ports were claimed the clone of an instance may be sent, an image that is deployed before included.
const clonePatience = time.Hour

// Cloning says that the vCenter clones something that may be the instance whose ports were claimed at a time. Clocks may differ a little.
// What cannot be seen is not over.
func (c *Client) Cloning(ctx context.Context, claimed time.Time) bool {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return true
	}
	manager, err := wire.Read[mo.TaskManager](ctx, c.wire, *vim.ServiceContent.TaskManager, []string{"recentTask"})
	return err != nil || c.wire.AnyRunning(ctx, manager.RecentTask, func(info types.TaskInfo) bool {
		return strings.HasPrefix(info.DescriptionId, "VirtualMachine.clone") &&
			info.QueueTime.After(claimed.Add(-5*time.Minute)) && info.QueueTime.Before(claimed.Add(clonePatience))
	})
}

// clonesPatience is how long the clone of an instance is waited for whose creation was killed. Others may clone all the time, and a task
// does not say what it makes: where it is longer under way, the name that it has taken is met later.
const clonesPatience = time.Minute

// AwaitClones waits until nothing is cloned any more that may be an instance whose ports were claimed at a time, for a minute at most in
// all.
func (c *Client) AwaitClones(ctx context.Context, id string, claimed time.Time) {
	until, _ := c.attending.awaited.LoadOrStore(strings.ToLower(id), time.Now().Add(c.clonesPatience)) // each of its ports asks
	end, _ := until.(time.Time)
	ctx, stop := context.WithDeadline(ctx, end)
	defer stop()
	for tries := (wire.Backoff{Longest: wire.LongestPause}); c.Cloning(ctx, claimed) && tries.Wait(ctx); {
	}
}

// PortID is the id of the port that is made for the i-th NIC of the instance of a name on a network. It is the same in every process.
func (c *Client) PortID(name, network string, i int) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "novasphere:%s#%s/%d", c.ServerPath(name), network, i)).String()
}
