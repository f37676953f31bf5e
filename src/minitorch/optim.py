"""Optimizers: from gradients to new parameters, in place, in PyTorch's conventions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from minitorch.tensor import Array, Tensor

Group = dict[str, Any]


class Optimizer:
    """What every optimizer has.

    Attributes:
        param_groups: dictionaries with "params" and this group's settings ("lr", ...); change them freely.
        state: for each parameter that has been stepped, its arrays and its count of steps, "t".
    """

    param_groups: list[Group]
    state: dict[Tensor, dict[str, Any]]

    def __init__(self, params: Iterable[Tensor] | Iterable[Group], **settings: Any) -> None:
        """`params`: tensors, or groups, dictionaries with "params" and the settings that differ.

        Raises:
            ValueError: no parameters, one that comes twice, or a setting out of range.
            TypeError: not a leaf that requires a gradient, or an unknown setting.
        """
        given: list[Any] = list(params)
        groups: list[Group] = given if given and isinstance(given[0], dict) else [{"params": given}]
        self.param_groups, self.state = [], {}
        seen: set[int] = set()
        for group in groups:
            unknown = group.keys() - settings.keys() - {"params"}
            if unknown:
                raise TypeError(f"{type(self).__name__}: unknown settings {sorted(unknown)}")
            tensors = list(group["params"])
            for tensor in tensors:
                if not isinstance(tensor, Tensor) or not tensor.requires_grad or tensor._inputs:
                    raise TypeError(
                        f"{type(self).__name__}: leaves that require a gradient are needed, got {tensor!r}"
                    )
                if id(tensor) in seen:
                    raise ValueError(
                        f"{type(self).__name__}: a parameter of shape {tensor.shape} comes twice"
                    )
                seen.add(id(tensor))
            self.param_groups.append({**settings, **group, "params": tensors})
            _check_settings(type(self).__name__, self.param_groups[-1])
        if not seen:
            raise ValueError(f"{type(self).__name__}: no parameters")

    def zero_grad(self) -> None:
        """Forgets the gradient of every parameter."""
        for group in self.param_groups:
            for tensor in group["params"]:
                tensor.grad = None

    def step(self) -> None:
        """One step for every parameter that has a gradient, in the parameter's dtype."""
        for group in self.param_groups:
            for tensor in group["params"]:
                if tensor.grad is not None:
                    state = self.state.setdefault(tensor, {"t": 0})
                    state["t"] += 1
                    # An assigned gradient may have any dtype; in float16 its square would overflow.
                    grad = np.asarray(tensor.grad, tensor.dtype)
                    self._update(tensor._data, grad, state, group)
                    tensor._version += 1

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        """Changes the array `p` in place. `state["t"]` counts from 1; `g` isn't changed."""
        raise NotImplementedError(f"{type(self).__name__} has no _update")

    def state_dict(self) -> dict[str, Any]:
        """Copies of the state by the parameter's number, and the groups with numbers in place of parameters."""
        tensors = [t for group in self.param_groups for t in group["params"]]
        number = {id(t): i for i, t in enumerate(tensors)}
        state = {number[id(t)]: _copied(s) for t, s in self.state.items()}
        groups = [
            {**group, "params": [number[id(t)] for t in group["params"]]}
            for group in self.param_groups
        ]
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on where `state_dict` was taken. ValueError, and nothing changed, if the parameters don't fit."""
        tensors = [t for group in self.param_groups for t in group["params"]]
        sizes = [len(group["params"]) for group in self.param_groups]
        came = [len(group["params"]) for group in state["param_groups"]]
        if sizes != came:
            raise ValueError(f"load_state_dict: groups of {sizes} parameters, got {came}")
        for i, values in state["state"].items():
            for name, value in values.items():
                if isinstance(value, np.ndarray) and value.shape != tensors[i].shape:
                    raise ValueError(
                        f"load_state_dict: {name} of parameter {i} has shape {value.shape}, not {tensors[i].shape}"
                    )
        self.state = {tensors[i]: _copied(values) for i, values in state["state"].items()}
        for group, new in zip(self.param_groups, state["param_groups"], strict=True):
            group.update({name: value for name, value in new.items() if name != "params"})


def _copied(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: v.copy() if isinstance(v, np.ndarray) else v for name, v in state.items()}


def _check_settings(name: str, group: Group) -> None:
    for key in ("lr", "momentum", "weight_decay", "eps"):
        if key in group and not 0 <= group[key] < math.inf:
            raise ValueError(f"{name}: {key} must be at least 0 and finite, got {group[key]}")
    if any(not 0 <= beta < 1 for beta in group.get("betas", ())):
        raise ValueError(f"{name}: betas must lie in 0 <= beta < 1, got {group['betas']}")
    if group.get("nesterov") and not group["momentum"]:
        raise ValueError(f"{name}: nesterov needs momentum above 0")


class SGD(Optimizer):
    """Descent along a velocity that isn't dampened: a steady gradient makes it grow to 1 / (1 - momentum) of itself.

    `nesterov` steps by where the new velocity is about to lead. `weight_decay` pulls towards 0 as a part of the gradient
    (Polyak 1964; Nesterov 1983; Sutskever et al. 2013).
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(
            params, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov
        )

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        raise NotImplementedError("Lab 09.2 - SGD._update")


class Adam(Optimizer):
    """The mean gradient in units of its own size, both means running, without the bias of starting from 0.

    Kingma and Ba 2015, algorithm 1, with eps beside the root. `weight_decay` is a part of the gradient, as in SGD, so both
    means see it.
    """

    _decoupled = False

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        raise NotImplementedError("Lab 09.2 - Adam._update")


class AdamW(Adam):
    """Adam whose decay is past the means: p shrinks by its own share, lr times weight_decay, before the step.

    Loshchilov and Hutter 2019.
    """

    _decoupled = True

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)


def clip_grad_norm_(params: Iterable[Tensor], max_norm: float) -> float:
    """Scales all gradients by the same factor, so that their joint 2-norm, in the parameters' dtype, is at most `max_norm`.

    Returns:
        The norm before. ValueError, and nothing scaled, if it isn't finite or `max_norm` isn't above 0.
    """
    if not max_norm > 0:
        raise ValueError(f"clip_grad_norm_: max_norm must be above 0, got {max_norm}")
    raise NotImplementedError("Lab 09.2 - clip_grad_norm_")


class Scheduler:
    """Sets every group's learning rate to `schedule(t)`: a function of the step, such as those of phase 04.

    Made at t = 0 with the rate for step 1; call `step()` after each step of the optimizer.
    """

    def __init__(self, optimizer: Optimizer, schedule: Callable[[int], float], t: int = 0) -> None:
        self.optimizer, self.schedule, self.t = optimizer, schedule, t
        self._set()

    def _set(self) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule(self.t + 1)

    def step(self) -> None:
        """On to the next step's rate."""
        self.t += 1
        self._set()
