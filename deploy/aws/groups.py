"""The groups of machines that serve and read: how many there may be, and their replacement."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from waiting import PATIENCE, Refused, wait

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef

#: The outputs of the stack that name the groups, workers first, and the parameters that say how many machines are in
#: each.
GROUPS: Final = {"WorkerGroup": ("WorkersLeast", "WorkersMost"), "ApiGroup": ("ApiInstances", "ApiInstances")}
#: So many machines are replaced at once; of more, half as many are started at a time.
FEW: Final = 2
#: What a group does that is told to have more machines.
_LAUNCH: Final = "Launch"
#: While machines of a group are being replaced.
_REPLACING: Final = frozenset({"Pending", "InProgress", "Cancelling", "Baking", "RollbackInProgress"})


class Groups:
    """The groups of a stack with these outputs, of which there may be none yet."""

    def __init__(
        self, client: "AutoScalingClient", outputs: Mapping[str, str], *, look: float, patience: float = PATIENCE
    ) -> None:
        self._client, self._look, self._patience = client, look, patience
        self._names = {output: outputs[output] for output in GROUPS if output in outputs}

    def list(self) -> Sequence["AutoScalingGroupTypeDef"]:
        """Return the groups as they are."""
        names = list(self._names.values())
        # Without names every group of the account would be listed.
        return (
            self._client.describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"] if names else []
        )

    def are_stopped(self) -> bool:
        """Return whether there are groups, and none of them may start a machine."""
        listed = self.list()
        return bool(listed) and all(
            _LAUNCH in {process["ProcessName"] for process in group.get("SuspendedProcesses", [])} for group in listed
        )

    def stop(self) -> None:
        """Let the groups have no machines, and wait until they have none.

        They may start none either, because a change of the stack gives them their sizes again.
        """
        for name in self._names.values():
            self._client.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=[_LAUNCH])
            self._client.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=0, MaxSize=0, DesiredCapacity=0)
        gone = "The end of machines"
        wait(lambda: not any(group["Instances"] for group in self.list()) or None, gone, every=self._look)

    def start(self, parameters: Mapping[str, str]) -> None:
        """Let the groups have as many machines as the parameters of the stack say, workers first."""
        for output, name in self._names.items():
            least, most = (int(parameters[parameter]) for parameter in GROUPS[output])
            self._client.update_auto_scaling_group(
                AutoScalingGroupName=name, MinSize=least, MaxSize=most, DesiredCapacity=least
            )
            self._client.resume_processes(AutoScalingGroupName=name, ScalingProcesses=[_LAUNCH])

    def replace(self, name: str) -> None:
        """Replace the machines of a group by new ones, and wait for it; new ones stay.

        An old one goes when a new one runs. If the new ones do not start, the old ones stay: raises ``Refused``.
        """

        def over(*ids: str) -> str | None:
            which: Any = {"InstanceRefreshIds": [*ids]} if ids else {}
            found = self._client.describe_instance_refreshes(AutoScalingGroupName=name, **which)["InstanceRefreshes"]
            statuses = [one["Status"] for one in found]
            return None if _REPLACING & set(statuses) else next(iter(statuses), "None")

        wait(over, "An earlier replacement of machines", every=self._look)
        (group,) = self._client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        most = 150 if group["DesiredCapacity"] > FEW else 200
        started = self._client.start_instance_refresh(
            AutoScalingGroupName=name,
            Preferences={
                "MinHealthyPercentage": 100,
                "MaxHealthyPercentage": most,
                "InstanceWarmup": 120,
                "SkipMatching": True,
            },
        )["InstanceRefreshId"]
        try:
            status = wait(lambda: over(started), "The replacement", every=self._look, patience=self._patience)
        except Refused:
            self._client.cancel_instance_refresh(AutoScalingGroupName=name)
            msg = (
                f"New machines of {name} did not start within an hour, so old ones stay. `ocrcore-aws logs` shows why;"
                " `up --release` with the release before goes back to it; it is in the bucket of releases"
                " (docs/deploy-aws.md)."
            )
            raise Refused(msg) from None
        if status != "Successful":
            msg = f"The machines of {name} were not all replaced ({status}); its activities in EC2 say why."
            raise Refused(msg)

    def replace_all(self) -> None:
        """Replace the machines of all groups, workers first."""
        for name in self._names.values():
            print(f"Replacing the machines of {name} ...", flush=True)
            self.replace(name)
