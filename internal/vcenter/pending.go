package vcenter

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

const (
	kindPending   = "pending"
	guestPrefix   = "guestinfo."
	generationKey = records.Prefix + "generation" // on a machine that once had pending parameters: the last ones that it was given
	// on one that has some, for who has read the catalogue before: their token. The guest may write it too.
	hintKey       = guestPrefix + records.Prefix + "pending"
	tokenKey      = records.Prefix + "pending" // on none, and on what is read of one: the token of those that were laid over it
	writtenLate   = "its record is in the catalogue, but not marked as complete: apply again, which only completes it"
	refusesToHave = "this vCenter does not take its record while it runs, and the catalogue could not take it instead, so nothing was changed"
)

// pending are the advanced parameters that a machine is to have and that its vCenter does not take while it runs. They lie in the
// catalogue, by the instance's UUID, until a change of the machine that is off takes them along. Whoever reads the machine reads them as if
// they were on it, where their generation is higher than the machine's. They are written before the hardware is changed with which they go,
// and count once that is known to have come about: before, what counted before them does.
type pending struct {
	Generation int64 `json:"generation"`
	// of this very text; while it is under way it ends in a question mark. Generations may come again
	Token    string            `json:"token"`
	Keys     map[string]string `json:"keys"`               // what each is to be; empty: it is to go
	Underway bool              `json:"underway,omitempty"` // whether the change that they go with has come about is not known
	Before   map[string]string `json:"before,omitempty"`   // what counts while it is not
}

// counting are the keys that count. Of two lists of NICs both do while nobody knows which is right: the machine's devices tell.
func (p pending) counting(keys map[string]string) map[string]string {
	if !p.Underway {
		return p.Keys
	}
	out := map[string]string{}
	maps.Copy(out, p.Before)
	now, set := out[serverKey]
	if !set {
		now = keys[serverKey]
	}
	if text := withNICs(now, p.Keys[serverKey]); text != now {
		out[serverKey] = text
	}
	return out
}

// over is a machine as if the parameters were on it.
func (p pending) over(vm mo.VirtualMachine) mo.VirtualMachine {
	keys := property.ExtraConfig(vm.Config.ExtraConfig)
	if p.Generation <= number(keys[generationKey]) {
		return vm
	}
	set := map[string]string{}
	maps.Copy(set, p.counting(keys))
	set[generationKey], set[tokenKey] = strconv.FormatInt(p.Generation, 10), p.Token
	config := *vm.Config
	config.ExtraConfig = slices.DeleteFunc(slices.Clone(config.ExtraConfig), func(o types.BaseOptionValue) bool {
		_, other := set[o.GetOptionValue().Key]
		return other
	})
	maps.DeleteFunc(set, func(_, value string) bool { return value == "" })
	config.ExtraConfig = append(config.ExtraConfig, records.Diff(set).Options()...)
	vm.Config = &config
	return vm
}

// withNICs is a record with the NICs of another one that it lacks.
func withNICs(text, other string) string {
	var r, o serverRecord
	if unreadable(text, &r) || unreadable(other, &o) {
		return text
	}
	missing := slices.DeleteFunc(slices.Clone(o.NICs), func(nic openstack.NIC) bool {
		return slices.ContainsFunc(r.NICs, func(n openstack.NIC) bool { return strings.EqualFold(n.MAC, nic.MAC) })
	})
	if len(missing) == 0 {
		return text
	}
	r.Schema, r.NICs = records.Schema, append(r.NICs, missing...)
	return r.text()
}

// unreadable says that a record cannot be decoded. None is one without anything in it.
func unreadable(text string, r *serverRecord) bool {
	return text != "" && json.Unmarshal([]byte(text), r) != nil
}

// number is a generation as it is written; nothing is none.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// parameters are the advanced parameters of a machine by their keys.
func parameters(vm mo.VirtualMachine) map[string]string {
	return property.ExtraConfig(vm.Config.ExtraConfig)
}

func instanceID(vm mo.VirtualMachine) string { return strings.ToLower(vm.Config.InstanceUuid) }

// effective is a machine with what is pending as if it were on it. It may be asked twice. A catalogue that cannot be read is no hindrance
// to whoever reads or destroys a machine for which nothing has ever waited, as far as it and this process know.
func (c *Client) effective(ctx context.Context, vm mo.VirtualMachine) (mo.VirtualMachine, error) {
	if vm.Config == nil || vm.Config.InstanceUuid == "" {
		return vm, nil
	}
	c.attending.gone.Delete(instanceID(vm)) // it is there, or there again
	have := parameters(vm)
	p, err := c.pendingOf(ctx, instanceID(vm), hinted(have[hintKey], instanceID(vm)))
	if c.unconcerned(have, err) {
		return vm, nil
	}
	if err != nil || p.Generation == 0 {
		return vm, faults.Explain("reading what is recorded of "+vm.Name, err)
	}
	return p.over(vm), nil
}

// unconcerned says of an error that it is the catalogue's, and that nothing in it has ever waited for a machine of these parameters. Where
// the vCenter gives no answer, nothing is known.
func (c *Client) unconcerned(have map[string]string, err error) bool {
	var unread *unreadError
	var silent *faults.SilenceError
	return errors.As(err, &unread) && !errors.As(err, &silent) && !errors.Is(err, context.Canceled) &&
		!errors.Is(err, context.DeadlineExceeded) &&
		have[generationKey] == "" && have[hintKey] == "" && !c.refusing.Load()
}

// unreadError is that the catalogue as a whole cannot be read.
type unreadError struct{ error }

// Unwrap is why.
func (e *unreadError) Unwrap() error { return e.error }

// effectiveOf is effective for the machines of a list. Where the catalogue cannot be read they are as they are, and why is told.
func (c *Client) effectiveOf(ctx context.Context, vms []mo.VirtualMachine) (unread error) {
	for i := range vms {
		now, err := c.effective(ctx, vms[i])
		if err != nil {
			return err
		}
		vms[i] = now
	}
	return nil
}

// pendingOf are an instance's pending parameters, as this process knows the catalogue; the zero value where it has none. A machine that
// tells of others has the catalogue read anew, once for each that it tells of: they were in it before they were told of, and what it does
// not hold then, nobody has, or the guest has made it up.
func (c *Client) pendingOf(ctx context.Context, id, hint string) (p pending, err error) {
	for _, anew := range []bool{false, true} {
		all, err := c.Records.Catalogue.Glance(ctx, anew)
		if err != nil {
			return p, &unreadError{err}
		}
		if anew {
			c.sought.Store(id+"/"+hint, true)
		}
		if p = (pending{}); all.Text(records.Key(kindPending, id)) != "" {
			if p, err = records.Peek[pending](all, kindPending, id); err != nil {
				return p, err
			}
		}
		if hint == "" || hint == strings.TrimSuffix(p.Token, underwayMark) {
			break
		}
		if _, sought := c.sought.Load(id + "/" + hint); sought && hint != looksAgain {
			break
		}
	}
	return p, nil
}

// looksAgain is the hint of whoever wants the catalogue read anew in any case.
const looksAgain = "anew"

// stale is what a change is refused with that was computed from pending parameters which are others by now: as the vCenter refuses a
// machine's.
func stale() error { return soap.WrapVimFault(&types.ConcurrentAccess{}) }

// hinted is the token in an instance's hint; empty where there is none, or it is that of the machine which this one is a copy of.
func hinted(text, id string) string {
	token, own := strings.CutPrefix(text, id+"/")
	if !own {
		return ""
	}
	return token
}

// basis is what pending parameters were computed from: those of a token, or a machine of a generation that had none.
type basis struct {
	token      string
	generation int64
}

func basisOf(have map[string]string) basis { return basis{have[tokenKey], number(have[generationKey])} }

// still says that nobody has written others since.
func (b basis) still(now pending) bool {
	if b.token == "" {
		return now.Generation <= b.generation
	}
	return now.Token == b.token
}

// setPending writes an instance's pending parameters, where nobody has written others; nil takes them away.
func (c *Client) setPending(ctx context.Context, id string, from basis, to *pending) error {
	return c.Records.Catalogue.Claim(ctx, func(r records.Set) error {
		var now pending
		if err := r.Get(kindPending, id, &now); err != nil && !errors.Is(err, openstack.ErrNotFound) {
			return err
		}
		switch {
		case !from.still(now):
			return stale()
		case to == nil:
			r.Drop(kindPending, id)
			return nil
		}
		return r.Put(kindPending, id, *to)
	})
}

// dropPending takes the pending parameters of an instance away that is gone. It asks nothing where there are none, and what cannot be read
// is nobody's any more, and does no harm.
func (c *Client) dropPending(ctx context.Context, id string) error {
	id = strings.ToLower(id)
	if p, err := c.pendingOf(ctx, id, ""); err == nil && p.Generation > 0 {
		logging.VCenter.Info(ctx, "a pending record is given up", "id", id, "reason", "the instance is gone")
		return faults.Explain("removing the record of the instance "+id+" from the catalogue",
			c.Records.Catalogue.Update(ctx, func(r records.Set) error {
				r.Drop(kindPending, id)
				return nil
			}))
	}
	return nil
}

// sweep takes along with another change of the catalogue what waits for instances that were destroyed by somebody else, as this process has
// seen: among it may be their user data, and nobody would ever take it away.
func (c *Client) sweep(r records.Set) {
	for _, id := range r.IDs(kindPending) {
		if c.KnownGone(id) {
			r.Drop(kindPending, id)
		}
	}
}

// amend changes a machine as it was read, guarded by its changeVersion. What this sets outside guestinfo. goes along where the vCenter
// takes it; else the machine is changed without it, and it waits in the catalogue until the machine is off. Which it is, one refused call
// tells. What a guest is told while it runs is noted too: a vCenter may forget it with the power.
func (c *Client) amend(ctx context.Context, e *wire.TaskRun, vm mo.VirtualMachine, spec types.VirtualMachineConfigSpec) error {
	have, running := parameters(vm), !isOff(vm)
	from, hint := basisOf(have), hinted(have[hintKey], instanceID(vm))
	if from.token != "" && !running { // what goes into the machine for good is looked at once more
		hint = looksAgain
	}
	p, err := c.pendingOf(ctx, instanceID(vm), hint)
	if err != nil {
		return err
	}
	if !from.still(p) {
		return stale()
	}
	own, guest := parted(spec.ExtraConfig)
	delete(own, tokenKey) // it is on no machine
	maps.Copy(own, noted(have, guest, running))
	counts := from.token != ""
	a := amendment{c: c, e: e, vm: vm, spec: spec, own: own, guest: guest, from: from}
	if counts {
		a.was, a.owed = &p, p.owed(have)
	}
	if running && (counts || len(own) > 0 && c.refusing.Load()) {
		return a.apart(ctx)
	}
	err = a.whole(ctx)
	if running && len(own) > 0 && faults.Is[*types.InvalidPowerState](err) {
		if err = a.apart(ctx); err == nil || errors.Is(err, wire.ErrInterrupted) {
			c.refusing.Store(true)
		}
		return err
	}
	if err == nil && p.Generation > 0 && (!running || !counts) {
		logging.VCenter.Info(ctx, "a pending record is taken up", "name", vm.Name, "object", vm.Self.Value, "reason", "the machine has it by now")
		// one that stays counts for nothing, and goes with the next change
		_ = c.setPending(context.WithoutCancel(ctx), instanceID(vm), basis{token: p.Token}, nil)
	}
	return err
}

// owed are the parameters that are pending, as they count.
func (p pending) owed(have map[string]string) map[string]string {
	out := map[string]string{}
	for _, keys := range []map[string]string{p.Keys, p.Before} {
		for key := range keys {
			out[key] = have[key]
		}
	}
	return out
}

// underwayMark ends the token of parameters whose change of the machine is not known to have come about.
const underwayMark = "?"

// unfinished says that what is recorded of a machine as it was read goes with a change that nobody knows the end of: whoever changes the
// machine next completes it.
func unfinished(vm mo.VirtualMachine) bool {
	return strings.HasSuffix(parameters(vm)[tokenKey], underwayMark)
}

// owes says that something is pending for a machine as it was read.
func owes(vm mo.VirtualMachine) bool {
	return parameters(vm)[tokenKey] != ""
}

// parted are the parameters outside guestinfo. and those inside.
func parted(options []types.BaseOptionValue) (own, guest map[string]string) {
	own, guest = map[string]string{}, map[string]string{}
	for key, value := range property.ExtraConfig(options) {
		if strings.HasPrefix(key, guestPrefix) {
			guest[key] = value
		} else {
			own[key] = value
		}
	}
	return own, guest
}

// amendment is one change of a machine by amend.
type amendment struct {
	c          *Client
	e          *wire.TaskRun
	vm         mo.VirtualMachine // as it was read, with what is pending
	spec       types.VirtualMachineConfigSpec
	own, guest map[string]string
	from       basis
	was        *pending          // that counts; nil: none
	owed       map[string]string // its parameters
}

// whole sends the change with everything that the machine is to have.
func (a amendment) whole(ctx context.Context) error {
	all := maps.Clone(a.own)
	if isOff(a.vm) && a.was != nil {
		all = maps.Clone(a.owed)
		maps.Copy(all, a.own)
		all[generationKey] = strconv.FormatInt(a.from.generation+1, 10)
		all[hintKey] = ""
	}
	maps.Copy(all, a.guest)
	return a.send(ctx, all)
}

func (a amendment) send(ctx context.Context, keys map[string]string) error {
	spec := a.spec
	spec.ChangeVersion, spec.ExtraConfig = a.vm.Config.ChangeVersion, records.Diff(keys).Options()
	return a.c.wire.ReconfigureWith(ctx, a.e, a.vm.Self, spec)
}

// apart writes into the catalogue what the machine cannot be given, changes the machine, and marks the record as complete. A change that
// was refused leaves it as it was.
func (a amendment) apart(ctx context.Context) error {
	id := instanceID(a.vm)
	next := pending{Generation: a.from.generation + 1, Token: uuid.NewString() + underwayMark, Keys: maps.Clone(a.own), Underway: true,
		Before: a.owed}
	for key, value := range a.owed {
		if _, set := next.Keys[key]; !set {
			next.Keys[key] = value
		}
	}
	if err := a.c.setPending(ctx, id, a.from, &next); err != nil {
		if faults.Is[*types.ConcurrentAccess](err) {
			return err
		}
		return fmt.Errorf("%s: %w", refusesToHave, err)
	}
	logging.VCenter.Info(ctx, "a record is made pending", "name", a.vm.Name, "object", a.vm.Self.Value, "reason",
		"the vCenter does not take it while the machine runs: it waits in the catalogue")
	guest := maps.Clone(a.guest)
	guest[hintKey] = id + "/" + strings.TrimSuffix(next.Token, underwayMark)
	err := a.send(ctx, guest)
	after, mine := context.WithoutCancel(ctx), basis{token: next.Token}
	switch {
	case err == nil, errors.Is(err, wire.ErrInterrupted):
		next.Underway, next.Before, next.Token = false, nil, strings.TrimSuffix(next.Token, underwayMark)
		if late := a.c.setPending(after, id, mine, &next); faults.Is[*types.ConcurrentAccess](late) {
			return late
		} else if late != nil {
			return errors.Join(err, fmt.Errorf("%s is changed, and %s (%w)", a.vm.Name, writtenLate, late))
		}
	case faults.DefiniteFault(err), errors.Is(err, openstack.ErrNotBegun), wire.HeldThroughout(err):
		logging.VCenter.Info(ctx, "a pending record is given up", "name", a.vm.Name, "object", a.vm.Self.Value, "reason",
			"the change that it goes with was refused or not begun")
		_ = a.c.setPending(after, id, mine, a.was) // one that stays is not complete, and counts for nothing
	}
	return err
}

// The keys of what a guest was told while it ran, beside the records: of guestinfo.metadata it is novasphere.told.metadata.
const toldPrefix = records.Prefix + "told."

// noted are the notes that follow from what a guest is told now: made while it runs, and gone once what they say lasts.
func noted(have, guest map[string]string, running bool) map[string]string {
	out := map[string]string{}
	if running {
		for key, value := range guest {
			if note := toldPrefix + strings.TrimPrefix(key, guestPrefix); lasting(key) && value != have[note] {
				out[note] = value
			}
		}
		return out
	}
	for note, value := range have {
		if key, is := strings.CutPrefix(note, toldPrefix); is {
			if now, set := guest[guestPrefix+key]; set || value == have[guestPrefix+key] || now == value {
				out[note] = ""
			}
		}
	}
	return out
}

// lasting says that a guest is to be told a key at each of its boots.
func lasting(key string) bool {
	key, _ = strings.CutSuffix(key, ".encoding")
	return key == guestMetadata || key == guestUserData
}

const (
	guestMetadata = guestPrefix + "metadata"
	guestUserData = guestPrefix + "userdata"
)

// forgotten are the keys that a guest was told while it ran, and is told no longer.
func forgotten(have map[string]string) map[string]string {
	out := map[string]string{}
	for note, value := range have {
		if key, is := strings.CutPrefix(note, toldPrefix); is && value != "" && have[guestPrefix+key] != value {
			out[guestPrefix+key] = value
		}
	}
	return out
}

// retold is what a guest must be told again so that it is told what is recorded: what the vCenter has forgotten, and the id and the
// metadata that it is told at each boot, where somebody changed them. Whoever else made a machine tells its guest.
func retold(have map[string]string, s openstack.Server) map[string]string {
	out := forgotten(have)
	if !s.Own() || !s.Recorded {
		return out
	}
	value, encoding := have[guestMetadata], have[guestMetadata+".encoding"]
	if again, set := out[guestMetadata]; set {
		value, encoding = again, cmp.Or(out[guestMetadata+".encoding"], encoding)
	}
	maps.Copy(out, vmspec.Retold(value, encoding, s.ID, s.Name, s.Metadata))
	return out
}

// untold are the arguments that a guest is not told as they are recorded.
func untold(have map[string]string, s openstack.Server) (arguments []string) {
	again := retold(have, s)
	for _, of := range []struct{ key, argument string }{{guestMetadata, "metadata"}, {guestUserData, "user_data"}} {
		if _, is := again[of.key]; is {
			arguments = append(arguments, of.argument)
		}
	}
	return arguments
}

// refreshGuestNetwork tells a guest that is about to be started what it is to be told, where nothing else is to be changed.
func (c *Client) refreshGuestNetwork(ctx context.Context, vm mo.VirtualMachine) error {
	s, err := observe(vm)
	if err != nil {
		return err
	}
	again := retold(recordedOn(vm.Config), s)
	if len(again) == 0 && (!isOff(vm) || !owes(vm)) {
		return nil
	}
	return c.amend(ctx, &wire.TaskRun{Kind: "ReconfigVM_Task"}, vm, types.VirtualMachineConfigSpec{ExtraConfig: records.Diff(again).Options()})
}
