// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/vmware/govmomi/vim25/types"
)

// faultSentences explain in plain words what a fault means and, where that is known, what to do. A fault without an entry gets that of
// the fault it extends, with the words of its own name.
var faultSentences = map[string]string{
	"AlreadyExists":    "there is one already",
	"CannotAccessFile": "a file cannot be reached from the host",
	"CannotCreateFile": "a file cannot be made on the datastore",
	"CannotDeleteFile": "a file cannot be deleted",
	"ConcurrentAccess": "somebody else changed it at the same moment; apply again",
	"CpuIncompatible":  "the host's CPU lacks something that the machine was started with, or needs: EVC helps",
	"CustomizationFault": "vSphere cannot customize this guest: it needs VMware Tools in the image, and a guest id that " +
		"vSphere knows",
	"DatacenterMismatch":                "the objects lie in different datacenters",
	"DeviceNotFound":                    "a device that is to be changed is not there any more",
	"DisallowedChangeByService":         "another service holds this machine and does not allow it",
	"DisallowedOperationOnFailoverHost": "the host is kept free for HA's failovers",
	"DuplicateName":                     "the name is taken there",
	"DvsFault":                          "the distributed switch does not allow it",
	"EVCConfigFault":                    "the EVC mode does not go with the hosts or the machine",
	"FileAlreadyExists":                 "there is a file of that name already on the datastore",
	"FileFault":                         "a file on the datastore stands in the way",
	"FileLocked":                        "a file is locked: another machine or a backup holds it",
	"FileNotFound":                      "a file is missing on the datastore",
	"GenericVmConfigFault":              "the host cannot do that with this machine",
	"GuestOperationsFault":              "the guest cannot be reached through VMware Tools",
	"HostCommunication":                 "the host does not answer the vCenter: look at its connection",
	"HostConfigFault":                   "the host's configuration does not allow it",
	"HostConnectFault":                  "the host cannot be connected",
	"HostNotConnected":                  "the host is not connected: connect it again, or choose another",
	"HostNotReachable":                  "the host cannot be reached over the network: look at its connection",
	"InaccessibleDatastore":             "a datastore cannot be reached: look at the storage of its hosts",
	"InsufficientResourcesFault":        "the cluster or resource pool has not enough resources left",
	"InvalidArgument":                   "vCenter does not accept a value",
	"InvalidDatastore":                  "the datastore cannot be used for it",
	"InvalidDeviceSpec":                 "a device cannot be made or changed as asked",
	"InvalidFolder":                     "the folder cannot hold it",
	"InvalidHostState":                  "the host is in maintenance, in standby or not connected",
	"InvalidLogin":                      "user or password are wrong",
	"InvalidName":                       "vSphere does not accept the name",
	"InvalidPowerState":                 "the machine is in another power state than that needs",
	"InvalidProperty":                   "this vCenter does not know a property that was asked for: it is older than the provider needs",
	"InvalidState": "the machine or its host is in a state that does not allow it: look whether the host is in " +
		"maintenance or disconnected, or another task is at work",
	"InvalidVmConfig":                    "the machine cannot be configured so",
	"LimitExceeded":                      "a limit of vSphere is reached",
	"ManagedObjectNotFound":              "the object is not there any more",
	"MethodDisabled":                     "vCenter or another product has disabled it on this object for now",
	"MigrationFault":                     "the machine cannot go to that host or datastore",
	"MissingController":                  "a disk has no controller to sit on",
	"NoCompatibleHost":                   "no host of the cluster can take the machine with its networks, datastore and hardware",
	"NoDiskSpace":                        "a datastore has not enough space left",
	"NoPermission":                       "the user lacks a privilege",
	"NotAuthenticated":                   "the session has ended",
	"NotEnoughLicenses":                  "the license of this vCenter or ESX host does not include it",
	"NotFound":                           "it is not there any more",
	"NotImplemented":                     "this server does not know the operation",
	"NotSupported":                       "this server, host or machine does not support it",
	"OperationNotSupportedByGuest":       "the guest does not support it",
	"OutOfBounds":                        "a value is out of bounds",
	"OvfFault":                           "the image's OVF description cannot be used",
	"PlatformConfigFault":                "the host cannot set it up: its log tells more",
	"RequestCanceled":                    "somebody cancelled the task",
	"ResourceInUse":                      "something else still uses it",
	"RestrictedVersion":                  "the license of this vCenter or ESX host does not include it",
	"RuleViolation":                      "a rule of the cluster does not allow it",
	"SecurityError":                      "vCenter refuses it for its security",
	"SnapshotFault":                      "the machine's snapshots do not allow it",
	"SystemError":                        "vCenter reports an error of its own: its log (vpxd) tells more",
	"TaskInProgress":                     "another task is at work on it: try again once that has ended",
	"Timedout":                           "it took longer than vCenter waits",
	"ToolsUnavailable":                   "VMware Tools do not run in the guest",
	"UnexpectedFault":                    "vCenter reports an error that it does not know itself",
	"UnsupportedGuest":                   "the host does not know the guest id",
	"UnsupportedVmxLocation":             "the machine's files cannot lie there",
	"VirtualHardwareVersionNotSupported": "no host knows that hardware version",
	"VmConfigFault":                      "the host or the machine cannot be set up so",
	"VmToolsUpgradeFault":                "VMware Tools do not allow it",
}

// sentenceOf explains a fault in plain words. The text is never empty and never holds a type's name.
func sentenceOf(f types.BaseMethodFault) string {
	name := faultName(f)
	if argument, is := f.(*types.InvalidArgument); is && argument.InvalidProperty != "" {
		return "vCenter does not accept " + argument.InvalidProperty
	}
	for kind := reflect.TypeOf(f).Elem(); ; kind = kind.Field(0).Type {
		said, known := faultSentences[kind.Name()]
		switch {
		case known && kind.Name() == name:
			return said + detailsOf(f)
		case known:
			return fmt.Sprintf("%s (vCenter calls it %q)", said, words(name)) + detailsOf(f)
		case kind.Kind() != reflect.Struct || kind.NumField() == 0 || !kind.Field(0).Anonymous:
			return fmt.Sprintf("vCenter calls it %q", words(name)) + detailsOf(f)
		}
	}
}

// detailsOf returns the names and reasons that a fault holds: for example the file, the property, the datastore.
func detailsOf(f types.BaseMethodFault) string {
	var out []string
	collectDetails(reflect.ValueOf(f).Elem(), &out)
	if len(out) == 0 {
		return ""
	}
	return ": " + strings.Join(out, ", ")
}

func collectDetails(of reflect.Value, out *[]string) {
	for i := range of.NumField() {
		field, value := of.Type().Field(i), of.Field(i)
		switch {
		case field.Anonymous && value.Kind() == reflect.Struct && field.Name != "MethodFault":
			collectDetails(value, out)
		case value.Kind() == reflect.String && value.String() != "":
			*out = append(*out, words(field.Name)+" "+value.String())
		}
	}
}

// words splits a name in camel case: "NoDiskSpace" is "no disk space". Abbreviations stay together.
func words(name string) string {
	var out strings.Builder
	letters := []rune(name)
	for i, r := range letters {
		begins := unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1]))
		if begins {
			out.WriteByte(' ')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// faultName returns a fault's type as the vSphere API names it.
func faultName(f types.BaseMethodFault) string {
	name := fmt.Sprintf("%T", f)
	return name[len("*types."):]
}
