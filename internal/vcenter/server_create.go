package vcenter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// ServerRequest is an instance to make. Flavor, image, networks and key are resolved.
type ServerRequest struct {
	ID string // chosen before anything is made; empty: CreateServer chooses it
	openstack.ServerSpec
	PublicKey    string
	PasswordHash string // the administrator's; empty: none is set
	Networks     []openstack.Network
	Label        bool             // the flavor's tag is wanted too: LabelServer will be asked for it
	Specs        *vmspec.Compiler // what the flavor says with the image, as far as it was read already; nil: nothing was

	// ConfigDrive makes the ISO image of a config drive, once the instance's id, ports and addresses are chosen. Nil: none.
	ConfigDrive func(openstack.Server) ([]byte, error)

	asked time.Time // when it was sent
}

// server is the instance that is asked for, before it is anywhere.
func (r *ServerRequest) server() openstack.Server {
	return openstack.Server{ID: r.ID, ServerSpec: r.ServerSpec, ServerStatus: openstack.ServerStatus{Updated: r.asked}}
}

// ExistsError says that an instance's name is taken, by what, and how to adopt it.
type ExistsError struct {
	Name, Path string
	Found      *openstack.Server // nil where it could not be read
	Equal      bool              // made by this provider from the same configuration
	Planned    bool              // it is only planned: nothing was compared
	Twin       bool              // made by this very process: two resources ask for one name
}

// Error tells what was found and what to write.
func (e *ExistsError) Error() string {
	if e.Twin {
		return fmt.Sprintf("another instance of this configuration is called %q too and was made at %s a moment ago: names are unique in a "+
			"folder, so choose another", e.Name, e.Path)
	}
	if e.Found == nil {
		return fmt.Sprintf("the name %q is taken at %s by something that cannot be read; choose another name", e.Name, e.Path)
	}
	adopt := openstack.ImportHint("novasphere_compute_instance", e.Found.ID)
	switch {
	case e.Found.CopyOf != "":
		return fmt.Sprintf("a VM called %q exists already at %s. It is a copy: what is recorded on it is the instance %s's, and counts for "+
			"nothing. Choose another name, or another folder or project. %s",
			e.Name, e.Path, e.Found.CopyOf, adopt)
	case e.Found.Mark == nil:
		return fmt.Sprintf("a VM called %q exists already at %s, and this provider did not make it. Choose another name, or another folder or "+
			"project. %s", e.Name, e.Path, adopt)
	}
	from, end := ", from another configuration,", "was finished"
	switch {
	case e.Planned:
		from = ","
	case e.Equal:
		from = ", from a configuration equal to this one,"
	}
	if e.Found.Unfinished {
		end = "was not finished, which its first change makes up for"
	}
	return fmt.Sprintf("an instance called %q exists already at %s. %s%s and its creation %s. It may belong to another workspace. Choose "+
		"another name or project. %s%s",
		e.Name, e.Path, e.Found.Mark.Made(), from, end, adopt, e.beside())
}

// beside is what to do where the instance that is there is the one that this takes the place of: Terraform does not tell a provider.
func (e *ExistsError) beside() string {
	if e.Equal {
		return ""
	}
	return "\n\nIf it is the one that this replaces (create_before_destroy): names are unique in a folder, so take create_before_destroy " +
		"out, " +
		"or let the name change with what replaces the instance, for example by a random_id whose keepers are the image"
}

// CreateServer makes an instance with one clone, under the id that it has or one that is chosen, and gives it as it then is. Where
// something fails after the VM exists, the server comes back with the error, so that the state can keep it. Its label is attached once
// LabelServer has said so.
func (c *Client) CreateServer(ctx context.Context, want ServerRequest) (openstack.Server, error) {
	if want.ID == "" {
		want.ID = uuid.NewString()
	}
	c.made.Store(want.ID, true)
	for i := range want.NICs {
		if nic := &want.NICs[i]; nic.MAC == "" { // it has no port of the network service
			nic.Port, nic.MAC = uuid.NewString(), openstack.RandomMAC()
		}
		want.NICs[i].Plug = plugTo(want.Networks[i])
	}
	want.asked = time.Now().UTC().Truncate(time.Second)
	ctx, end := c.wire.BeginOperation(ctx)
	defer end()
	made, err := c.clone(ctx, &want)
	if made == nil {
		return openstack.Server{}, err
	}
	partial := want.server()
	partial.MoRef = made.vm.Value
	if err != nil {
		return partial, err
	}
	if want.Label {
		c.labels.begin(made.vm, want.Flavor)
	}
	var server openstack.Server
	err = retry.Once(func() error {
		server, err = c.verify(ctx, *made)
		return err
	})
	if err == nil && !made.ties.hard() {
		err = c.settleMade(ctx, *made)
	}
	if err != nil {
		return partial, err
	}
	return server, nil
}

// afterFailedClone finds out what a clone that did not succeed has left.
func (c *Client) afterFailedClone(ctx context.Context, vim *vim25.Client, made *cloned, want *ServerRequest, err error) (*cloned, error) {
	act := "cloning " + want.Name
	switch {
	case errors.Is(err, openstack.ErrNotBegun):
		return nil, faults.Explain(act, err)
	case faults.Is[*types.DuplicateName](err) || faults.Is[*types.AlreadyExists](err):
		return nil, c.taken(ctx, vim, want)
	case faults.DefiniteFault(err):
		// A refusal may come after the machine was made, when it does not power on for instance.
		if vm, failed := c.findUUID(context.WithoutCancel(ctx), want.ID); failed == nil {
			made.vm = vm
			return made, faults.Explain(act, err)
		}
		return nil, faults.Explain(act, err)
	}
	patience := unheardPatience
	if errors.Is(err, context.DeadlineExceeded) {
		patience = wire.LastPatience
	}
	vm, found := c.awaitUUID(ctx, vim, want.ID, made.source.MoRef, patience)
	if !found {
		return nil, fmt.Errorf("%w; no VM with the instance UUID %s has appeared since: apply again. Should one appear later, the next apply "+
			"names it", faults.Explain(act, err), want.ID)
	}
	if made.vm = vm; faults.OutcomeUnknown(err) {
		return made, nil
	}
	return made, faults.Explain(act, err)
}

// Refused says that the vCenter has ended something with a fault, for good: nothing of it was done, so that it may be tried in another way.
// What was not answered may have been done all the same.
func Refused(err error) bool { return faults.DefiniteFault(err) }

// unheardPatience is how long a clone is looked for whose start or end was not heard of.
const unheardPatience = 5 * time.Minute

// awaitUUID looks for a machine by its instance UUID for as long as a clone of its source may be running that was started
// unheard.
func (c *Client) awaitUUID(ctx context.Context, vim *vim25.Client, id, source string, patience time.Duration) (ref, bool) {
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer stop()
	for pause := time.Second; ; pause = min(2*pause, 10*time.Second) {
		running := c.cloning(end, vim, source) // asked first: a clone that ends in between is found then
		res, err := methods.FindByUuid(end, vim, &types.FindByUuid{This: *vim.ServiceContent.SearchIndex, Uuid: id, VmSearch: true,
			InstanceUuid: types.NewBool(true)})
		if err == nil && res.Returnval != nil && c.settled(end, *res.Returnval) {
			return *res.Returnval, true
		}
		if err == nil && res.Returnval == nil && !running {
			return ref{}, false
		}
		select {
		case <-end.Done():
			return ref{}, false
		case <-time.After(pause):
		}
	}
}

// settled says that no task is at work on a machine any more.
func (c *Client) settled(ctx context.Context, vm ref) bool {
	machine, err := wire.Read[mo.VirtualMachine](ctx, c.wire, vm, []string{"recentTask", "config.instanceUuid"})
	if err != nil || machine.Config == nil {
		return false
	}
	return !c.anyRunning(ctx, machine.RecentTask, func(types.TaskInfo) bool { return true })
}

// cloning says that the vCenter still clones something from a source.
func (c *Client) cloning(ctx context.Context, vim *vim25.Client, source string) bool {
	manager, err := wire.Read[mo.TaskManager](ctx, c.wire, *vim.ServiceContent.TaskManager, []string{"recentTask"})
	return err == nil && c.anyRunning(ctx, manager.RecentTask, func(info types.TaskInfo) bool {
		return strings.HasPrefix(info.DescriptionId, "VirtualMachine.clone") && info.Entity != nil && info.Entity.Value == source
	})
}

func (c *Client) anyRunning(ctx context.Context, tasks []ref, counts func(types.TaskInfo) bool) bool {
	questions := make([]property.Query, len(tasks))
	for i, t := range tasks {
		questions[i] = property.Query{Object: t, Paths: []string{"info"}}
	}
	found, err := c.wire.Retrieve(ctx, questions)
	if err != nil {
		return true // unknown is not over
	}
	for _, content := range found {
		var t mo.Task
		if mo.LoadObjectContent([]types.ObjectContent{content}, &t) != nil {
			continue
		}
		active := t.Info.State == types.TaskInfoStateRunning || t.Info.State == types.TaskInfoStateQueued
		if active && counts(t.Info) {
			return true
		}
	}
	return false
}

// NameTaken says what has the name of an instance that is to be made, as an ExistsError; nil where nothing has it, or it cannot be seen.
func (c *Client) NameTaken(ctx context.Context, want ServerRequest) error {
	vim, err := c.wire.Vim(ctx)
	if err == nil {
		if found, failed := wire.FindByPath(ctx, vim, strings.TrimPrefix(c.ServerPath(want.Name), "/")); failed == nil && found != nil {
			return c.taken(ctx, vim, &want)
		}
	}
	return nil // whoever asks has an error of their own, which says more than this one
}

// taken says what has the wanted name.
func (c *Client) taken(ctx context.Context, vim *vim25.Client, want *ServerRequest) error {
	e := &ExistsError{Name: want.Name, Path: c.ServerPath(want.Name)}
	found, err := wire.FindByPath(ctx, vim, strings.TrimPrefix(e.Path, "/"))
	if err != nil || found == nil || found.Type != "VirtualMachine" {
		return e
	}
	if server, err := c.ReadServer(ctx, ServerKey{MoRef: found.Value}); err == nil {
		_, e.Twin = c.made.Load(server.ID)
		e.Found = &server
		e.Equal = server.Own() && server.Mark.Fingerprint == fingerprint(want.server())
	}
	return e
}
