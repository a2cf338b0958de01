package vcenter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

const (
	catalogueFolder = "novasphere"
	catalogueName   = "novasphere-catalogue"
	cataloguePath   = catalogueFolder + "/" + catalogueName
	recordPrefix    = "novasphere."
	recordSchema    = 1 // of the envelope and of every kind in it
	writeAttempts   = 50
)

// ErrNoCatalogue says that the VM which holds the records is not there.
var ErrNoCatalogue = errors.New("the catalogue VM is missing")

// Catalogue keeps the nouns that vCenter does not have (flavors, key pairs) as records in the extraConfig of a small VM without
// disks that is never powered on. One property read returns all of them; a write is one reconfigure guarded by changeVersion.
type Catalogue struct {
	c *Client

	once   sync.Once
	writes batch[func(records) error, struct{}]
	turn   sync.Mutex // one write at a time

	mu   sync.Mutex
	held *holding
}

// holding is the catalogue as last seen or written by this process.
type holding struct {
	vm      ref
	version string
	raw     map[string]string
}

// envelope is a record as it is kept: the sum shows that nobody edited the value by hand.
type envelope struct {
	Schema int             `json:"schema"`
	Sum    string          `json:"sum"`
	Value  json.RawMessage `json:"value"`
}

// records is what a write sees and changes.
type records map[string]string

func recordKey(kind, id string) string { return recordPrefix + kind + "." + url.QueryEscape(id) }

// put adds or replaces a record.
func (r records) put(kind, id string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	whole, err := json.Marshal(envelope{Schema: recordSchema, Sum: recordSum(raw), Value: raw})
	if err != nil {
		return err
	}
	r[recordKey(kind, id)] = string(whole)
	return nil
}

// drop removes a record.
func (r records) drop(kind, id string) { delete(r, recordKey(kind, id)) }

// get reads a record into value.
func (r records) get(kind, id string, value any) error {
	text, ok := r[recordKey(kind, id)]
	if !ok {
		return fmt.Errorf("%s %q: %w", kind, id, openstack.ErrNotFound)
	}
	return decodeRecord(recordKey(kind, id), text, value)
}

// ids are the ids of a kind, sorted.
func (r records) ids(kind string) []string {
	var out []string
	for key := range r {
		if rest, ok := strings.CutPrefix(key, recordPrefix+kind+"."); ok {
			if id, err := url.QueryUnescape(rest); err == nil {
				out = append(out, id)
			}
		}
	}
	slices.Sort(out)
	return out
}

func recordSum(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

// decodeRecord refuses what it cannot trust, and says so about that one record: never "not found".
func decodeRecord(key, text string, value any) error {
	where := fmt.Sprintf("the record %s in the advanced parameters of VM %s", key, cataloguePath)
	var e envelope
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return fmt.Errorf("%s cannot be read (%w): somebody edited it; put its former value back, or remove the parameter and create the object anew", where, err)
	}
	if e.Schema > recordSchema {
		return fmt.Errorf("%s was written by a newer version of this provider (schema %d, this one knows %d): upgrade the provider", where, e.Schema, recordSchema)
	}
	if e.Sum != recordSum(e.Value) {
		return fmt.Errorf("%s was edited by hand (its checksum does not fit): put its former value back, or remove the parameter and create the object anew", where)
	}
	if err := json.Unmarshal(e.Value, value); err != nil {
		return fmt.Errorf("%s cannot be read: %w", where, err)
	}
	return nil
}

// view gives the records as this process knows them, reading them when it has not yet.
func (k *Catalogue) view(ctx context.Context) (records, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.held == nil {
		held, err := k.fetch(ctx)
		if err != nil {
			return nil, err
		}
		k.held = held
	}
	return maps.Clone(k.held.raw), nil
}

// fetch finds the holder VM and reads it. ErrNoCatalogue where there is none.
func (k *Catalogue) fetch(ctx context.Context) (*holding, error) {
	dc, err := k.c.places.datacenter(ctx)
	if err != nil {
		return nil, err
	}
	vim, err := k.c.session.vim(ctx)
	if err != nil {
		return nil, err
	}
	found, err := findByPath(ctx, vim, dc.Name+"/vm/"+cataloguePath)
	if err != nil {
		return nil, explain("looking for the catalogue", err)
	}
	if found == nil {
		return nil, fmt.Errorf("%w: no VM %s in datacenter %s", ErrNoCatalogue, cataloguePath, dc.Name)
	}
	return k.readHolder(ctx, *found)
}

func (k *Catalogue) readHolder(ctx context.Context, vm ref) (*holding, error) {
	holder, err := read[mo.VirtualMachine](ctx, k.c, vm, []string{"config.extraConfig", "config.changeVersion"})
	if err != nil {
		return nil, explain("reading the catalogue", err)
	}
	if holder.Config == nil {
		return nil, fmt.Errorf("the catalogue VM %s is there, but vCenter does not show its configuration: check that its host is connected and that this user may read it", cataloguePath)
	}
	held := &holding{vm: vm, version: holder.Config.ChangeVersion, raw: map[string]string{}}
	for key, value := range extraConfig(holder.Config.ExtraConfig) {
		if strings.HasPrefix(key, recordPrefix) && value != "" {
			held.raw[key] = value
		}
	}
	return held, nil
}

// update carries out change on the records and writes them, all or nothing. Changes of the same moment go in one write; a
// stale one is read and applied again. The change may be called several times and must only look at what it is given.
func (k *Catalogue) update(ctx context.Context, change func(records) error) error {
	k.once.Do(func() { k.writes.do = k.write })
	_, err := k.writes.ask(ctx, change)
	return err
}

func (k *Catalogue) write(ctx context.Context, changes []func(records) error) []outcome[struct{}] {
	k.turn.Lock()
	defer k.turn.Unlock()
	out := make([]outcome[struct{}], len(changes))
	for attempt := 0; ; attempt++ {
		held, err := k.current(ctx, attempt > 0)
		if err != nil {
			return allFailed[struct{}](len(changes), err)
		}
		after := maps.Clone(held.raw)
		for i, change := range changes {
			trial := records(maps.Clone(after))
			if out[i].err = change(trial); out[i].err == nil {
				after = trial
			}
		}
		err = k.save(ctx, held, after)
		if isFault[*types.ConcurrentAccess](err) && attempt < writeAttempts {
			continue
		}
		if err != nil {
			k.forget()
			return allFailed[struct{}](len(changes), explain("writing the catalogue", err))
		}
		return out
	}
}

// current is the catalogue to change: made when it is missing, read again where the last try met somebody else's write.
func (k *Catalogue) current(ctx context.Context, again bool) (*holding, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var err error
	switch {
	case k.held != nil && !again:
		return k.held, nil
	case k.held != nil:
		k.held, err = k.readHolder(ctx, k.held.vm)
	default:
		if k.held, err = k.fetch(ctx); errors.Is(err, ErrNoCatalogue) {
			k.held, err = k.make(ctx)
		}
	}
	if err != nil {
		k.held = nil
	}
	return k.held, err
}

func (k *Catalogue) forget() {
	k.mu.Lock()
	k.held = nil
	k.mu.Unlock()
}

// save writes the difference. vCenter removes a key whose value is empty.
func (k *Catalogue) save(ctx context.Context, held *holding, after map[string]string) error {
	var changed []types.BaseOptionValue
	for _, key := range slices.Sorted(maps.Keys(held.raw)) {
		if _, kept := after[key]; !kept {
			changed = append(changed, &types.OptionValue{Key: key, Value: ""})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if held.raw[key] != after[key] {
			changed = append(changed, &types.OptionValue{Key: key, Value: after[key]})
		}
	}
	if len(changed) == 0 {
		return nil
	}
	vim, err := k.c.session.vim(ctx)
	if err != nil {
		return err
	}
	_, err = k.c.carry(ctx, func(ctx context.Context) (ref, error) {
		res, err := methods.ReconfigVM_Task(ctx, vim, &types.ReconfigVM_Task{This: held.vm,
			Spec: types.VirtualMachineConfigSpec{ChangeVersion: held.version, ExtraConfig: changed}})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if lost(err) || errors.Is(err, errTaskGone) {
		return k.settle(ctx, held, after, err)
	}
	if err != nil {
		return err
	}
	return k.settle(ctx, held, after, nil)
}

// settle reads the catalogue after a write: for its new version and, where the write's answer was lost, to see whether it
// arrived. A write that did not is safe to do again: changeVersion guards it.
func (k *Catalogue) settle(ctx context.Context, held *holding, after map[string]string, unanswered error) error {
	now, err := k.readHolder(ctx, held.vm)
	if err != nil {
		return err
	}
	if unanswered != nil && !maps.Equal(now.raw, after) {
		return &taskError{&types.LocalizedMethodFault{Fault: &types.ConcurrentAccess{}, LocalizedMessage: unanswered.Error()}}
	}
	k.mu.Lock()
	k.held = now
	k.mu.Unlock()
	return nil
}

// make creates the holder VM. Its name is unique in its folder, so that of two who make it at once one finds the other's.
func (k *Catalogue) make(ctx context.Context) (*holding, error) {
	folder, err := k.c.places.folder(ctx, catalogueFolder, true)
	if err != nil {
		return nil, err
	}
	pool, err := k.c.places.pool(ctx)
	if err != nil {
		return nil, err
	}
	store, err := k.c.places.datastore(ctx, 0)
	if err != nil {
		return nil, err
	}
	vim, err := k.c.session.vim(ctx)
	if err != nil {
		return nil, err
	}
	made, err := k.c.carry(ctx, func(ctx context.Context) (ref, error) {
		res, err := methods.CreateVM_Task(ctx, vim, &types.CreateVM_Task{This: folder, Pool: pool, Config: holderSpec(store.Name)})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if isFault[*types.DuplicateName](err) || lost(err) || errors.Is(err, errTaskGone) {
		return k.fetch(ctx)
	}
	if err != nil {
		return nil, explain("making the catalogue VM "+cataloguePath, err)
	}
	vm, ok := made.(ref)
	if !ok {
		return k.fetch(ctx)
	}
	return k.readHolder(ctx, vm)
}

func holderSpec(datastore string) types.VirtualMachineConfigSpec {
	return types.VirtualMachineConfigSpec{
		Name: catalogueName, GuestId: string(types.VirtualMachineGuestOsIdentifierOtherGuest), NumCPUs: 1, MemoryMB: 128,
		Files: &types.VirtualMachineFileInfo{VmPathName: "[" + datastore + "]"},
		Annotation: "Records of terraform-provider-novasphere (flavors, key pairs) in the advanced parameters of this VM.\n" +
			"Never power it on, edit, move or delete it.",
	}
}

// extraConfig as a map. Values that are not strings are left out.
func extraConfig(options []types.BaseOptionValue) map[string]string {
	out := make(map[string]string, len(options))
	for _, o := range options {
		if v := o.GetOptionValue(); v != nil {
			if s, ok := v.Value.(string); ok {
				out[v.Key] = s
			}
		}
	}
	return out
}
