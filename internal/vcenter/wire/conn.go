// Package wire is one process's conversation with a vCenter: property reads that travel together, tasks that are waited for, and changes
// that wait for other tasks. It knows no noun of OpenStack and no place in the inventory.
package wire

import (
	"context"
	"strings"

	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/session"
)

// Conn is one process's connection to one vCenter. It logs in when first used. All of its methods may be called concurrently.
type Conn struct {
	session  *session.Session
	waiter   *waiter
	Gaps     property.Gaps
	taskDone func()
}

// New prepares a connection without asking the network anything. taskDone is called after each task that was carried out, whatever came
// of it: what was read before may be old.
func New(cfg session.Config, taskDone func()) *Conn {
	c := &Conn{session: session.New(cfg), taskDone: taskDone}
	c.waiter = newWaiter(c)
	return c
}

// Vim gives the SOAP client, logged in.
func (c *Conn) Vim(ctx context.Context) (*vim25.Client, error) { return c.session.Vim(ctx) }

// API gives the REST client, logged in.
func (c *Conn) API(ctx context.Context) (*rest.Client, error) { return c.session.API(ctx) }

// Vslm gives the endpoint that finds first class disks, logged in.
func (c *Conn) Vslm(ctx context.Context) (*session.Vslm, error) { return c.session.Vslm(ctx) }

// ID is the vCenter's own UUID, learned at login.
func (c *Conn) ID(ctx context.Context) (string, error) {
	vim, err := c.Vim(ctx)
	if err != nil {
		return "", err
	}
	return strings.ToLower(vim.ServiceContent.About.InstanceUuid), nil
}

// OlderThan reports whether the vCenter's API is older than a version, for example "7.0.2".
func (c *Conn) OlderThan(ctx context.Context, version string) (bool, error) {
	vim, err := c.Vim(ctx)
	if err != nil {
		return false, err
	}
	return session.OlderVersion(vim.ServiceContent.About.ApiVersion, version), nil
}

// Close ends the sessions that were opened. It gives up with the context.
func (c *Conn) Close(ctx context.Context) error { return c.session.Close(ctx) }

// Ask reads properties of one object, together with whatever is asked at that moment. ErrNotFound where it is gone.
func (c *Conn) Ask(ctx context.Context, q property.Query) (types.ObjectContent, error) {
	return c.waiter.ask(ctx, q)
}

// Until looks at obj again and again until seen is done or the context ends.
func (c *Conn) Until(ctx context.Context, obj ref, paths []string,
	seen func(content types.ObjectContent, found bool) (done bool, err error)) error {
	return c.waiter.until(ctx, obj, paths, seen)
}

// Watch waits for the end of a poll, or of the context.
func (c *Conn) Watch(ctx context.Context, p *Poll) error { return c.waiter.watch(ctx, p) }

// AwaitTask waits for a task that somebody has started, and gives its result.
func (c *Conn) AwaitTask(ctx context.Context, task ref) (any, error) {
	return c.waiter.task(ctx, task)
}

// BeginOperation counts a change of a machine among those that are under way until it ends: the others' reads wait a moment for its own.
func (c *Conn) BeginOperation(ctx context.Context) (context.Context, func()) {
	return c.waiter.begin(ctx)
}
