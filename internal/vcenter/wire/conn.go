// Package wire is how calls reach a vCenter: one session, renewed where it is lost; property reads that travel together; tasks that are
// waited for; and the errors of all of them in plain words. It knows no noun of OpenStack and no place in the inventory.
package wire

import (
	"context"
	"strings"
	"time"

	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"
)

// Config is how a vCenter is reached.
type Config struct {
	Server     string        // host or host:port
	User       string        // for example administrator@vsphere.local
	Password   string        // never printed
	Insecure   bool          // accept any certificate
	CAFile     string        // PEM text of the authorities to trust, or a file of it; several files are separated as in PATH
	APITimeout time.Duration // how long one call may stay unanswered, repeats included
	UserAgent  string
}

// Conn is one process's connection to one vCenter. It logs in when first used. All of its methods may be called concurrently.
type Conn struct {
	session  *session
	waiter   *waiter
	Gaps     Gaps
	taskDone func()
}

// New prepares a connection without asking the network anything. taskDone is called after each task that was carried out, whatever came
// of it: what was read before may be old.
func New(cfg Config, taskDone func()) *Conn {
	c := &Conn{session: newSession(cfg), taskDone: taskDone}
	c.waiter = newWaiter(c)
	return c
}

// Vim gives the SOAP client, logged in.
func (c *Conn) Vim(ctx context.Context) (*vim25.Client, error) { return c.session.vim(ctx) }

// API gives the REST client, logged in.
func (c *Conn) API(ctx context.Context) (*rest.Client, error) { return c.session.api(ctx) }

// ID is the vCenter's own UUID, learned at login.
func (c *Conn) ID(ctx context.Context) (string, error) {
	vim, err := c.Vim(ctx)
	if err != nil {
		return "", err
	}
	return strings.ToLower(vim.ServiceContent.About.InstanceUuid), nil
}

// Close ends the sessions that were opened. It gives up with the context.
func (c *Conn) Close(ctx context.Context) error { return c.session.close(ctx) }

// Ask reads properties of one object, together with whatever is asked at that moment. ErrNotFound where it is gone.
func (c *Conn) Ask(ctx context.Context, q PropertyQuery) (types.ObjectContent, error) {
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
