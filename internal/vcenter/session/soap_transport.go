package session

import (
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

// soapTransport is the SOAP transport: it renews a lost session once for every caller, and repeats what may be repeated.
type soapTransport struct {
	next    *soap.Client
	renewer *sessionRenewer
	login   func(context.Context) error
	timeout time.Duration
	server  string
	silence *silence
	refused func(error) error                  // what a login that failed says, in one sentence
	denied  func(context.Context, error) error // says of a refusal what it is about
}

// RoundTrip sends one call. What changes something is sent at most once that it can have arrived.
func (w *soapTransport) RoundTrip(ctx context.Context, req, res soap.HasFault) error {
	if !readOnly(req) {
		if err := openstack.Begin(ctx); err != nil {
			return err
		}
		noteSent(ctx, req)
		ctx = context.WithoutCancel(ctx) // a call that is cut off may have been carried out all the same, and nobody would know
	}
	start, room := time.Now(), w.timeout
	if readOnly(req) {
		room = w.silence.room(start, w.timeout)
	}
	call, stop := context.WithTimeout(ctx, room)
	defer stop()
	for renewals := 0; ; renewals++ {
		seen := w.renewer.now()
		err := w.send(ctx, call, req, res)
		if !unauthenticated(res, err) || renewals == maxRenewals {
			if err = w.silence.unsaid(ctx, w.server, start, err); err == nil || w.denied == nil {
				return err
			}
			return w.denied(ctx, err)
		}
		if err := w.renewer.renew(call, seen, w.login); err != nil {
			return w.refused(err)
		}
	}
}

// maxRenewals is how often one call may meet a lost session: a vCenter that restarts can lose the renewed one too.
const maxRenewals = 3

// send repeats through an outage what may arrive twice; a change is repeated only where the connection was never made.
func (w *soapTransport) send(asked, ctx context.Context, req, res soap.HasFault) error {
	may := faults.NeverSent
	switch {
	case readOnly(req):
		may = retry.OrTransient(faults.NoResponse)
	case refusesTwins(req):
		may = faults.NoResponse
	}
	return retry.Until(ctx, w.silence.until(time.Now(), w.timeout), may, func() error {
		reflect.ValueOf(res).Elem().SetZero()
		began := time.Now()
		within, line := logCall(ctx)
		err := w.next.RoundTrip(within, req, res)
		line.end(ctx, req, res, err)
		w.silence.note(asked, ctx, err, began)
		return err
	})
}

func methodName(req soap.HasFault) string {
	return strings.TrimSuffix(reflect.TypeOf(req).Elem().Name(), "Body")
}

// refusesTwins reports whether a second call of this kind is refused with DuplicateName once the first has arrived. The caller takes the
// object that the fault names.
func refusesTwins(req soap.HasFault) bool { return methodName(req) == "CreateFolder" }

// readOnly reports whether a call changes nothing.
func readOnly(req soap.HasFault) bool {
	name := methodName(req)
	for _, prefix := range []string{"Retrieve", "Find", "Query", "Current", "Fetch", "VslmRetrieve", "VslmList"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// unauthenticated sees a lost session in both of its forms: a fault, or a property read whose every property is missing for it.
func unauthenticated(res soap.HasFault, err error) bool {
	if err != nil {
		return faults.Is[*types.NotAuthenticated](err)
	}
	body, ok := res.(*methods.RetrievePropertiesExBody)
	if !ok || body.Res == nil || body.Res.Returnval == nil {
		return false
	}
	for _, object := range body.Res.Returnval.Objects {
		for _, missing := range object.MissingSet {
			if _, lost := missing.Fault.Fault.(*types.NotAuthenticated); lost {
				return true
			}
		}
	}
	return false
}
