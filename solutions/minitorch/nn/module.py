"""Parameters and the modules that hold them: what a network is made of, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from minitorch.tensor import Array, Tensor


class Parameter(Tensor):
    """A tensor that requires a gradient and that its module registers by being assigned."""

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        super().__init__(data, requires_grad=requires_grad)


class Module:
    """A part of a network. Assigning a `Parameter` or a `Module` to an attribute registers it under that name.

    Call `super().__init__()` first, and write `forward`. Lists aren't looked into: use `ModuleList`.

    Attributes:
        training: True until `eval()`; dropout and batch norm ask it.
    """

    training: bool
    _parameters: dict[str, Parameter]
    _buffers: dict[str, Array]
    _modules: dict[str, Module]

    def __init__(self) -> None:
        # Past __setattr__, which needs these to be there.
        for name in ("_parameters", "_buffers", "_modules"):
            object.__setattr__(self, name, {})
        self.training = True

    def __setattr__(self, name: str, value: Any) -> None:
        """Registers a Parameter or Module; anything else under a registered name takes it off the list.

        AttributeError if `super().__init__()` hasn't been called.
        """
        if "_modules" not in self.__dict__:
            raise AttributeError(
                f"{type(self).__name__}: call super().__init__() before assigning {name!r}"
            )
        # lab 09.0
        if name in self._buffers:
            value = self._buffers[name] = np.asarray(value)
        self._parameters.pop(name, None)
        self._modules.pop(name, None)
        if isinstance(value, Parameter):
            self._parameters[name] = value
        elif isinstance(value, Module):
            self._modules[name] = value
        object.__setattr__(self, name, value)
        # end lab

    def register_buffer(self, name: str, value: Any) -> None:
        """An array that belongs to the state but isn't trained, such as a running mean."""
        self._buffers[name] = np.asarray(value)
        object.__setattr__(self, name, self._buffers[name])

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module (under `prefix`), then those below it, depth first: ("", self), ("0", ...), ("0.fc", ...)."""
        # lab 09.0
        yield prefix, self
        for name, module in self._modules.items():
            yield from module.named_modules(f"{prefix}.{name}" if prefix else name)
        # end lab

    def _named(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Every entry of the dictionary `kind` of this module and those below, under its full name."""
        for prefix, module in self.named_modules():
            for name, value in getattr(module, kind).items():
                yield (f"{prefix}.{name}" if prefix else name), value

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """(name, parameter), own ones first, each parameter once: a shared one under its first name."""
        # lab 09.0
        seen: set[int] = set()
        for name, parameter in self._named("_parameters"):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield name, parameter
        # end lab

    def parameters(self) -> Iterator[Parameter]:
        """The parameters, in the order of `named_parameters`."""
        return (parameter for _, parameter in self.named_parameters())

    def state_dict(self) -> dict[str, Array]:
        """Copies of all parameters and buffers, by name; a shared one under each of its names."""
        # lab 09.0
        state = {name: p.numpy() for name, p in self._named("_parameters")}
        return state | {name: np.array(b) for name, b in self._named("_buffers")}
        # end lab

    def load_state_dict(
        self, state: Mapping[str, Any], strict: bool = True
    ) -> tuple[list[str], list[str]]:
        """Copies `state` into the parameters and buffers. All is checked first: an error changes nothing.

        Returns:
            (missing, unexpected) names; empty when `strict`.

        Raises:
            KeyError: names are missing or unexpected, and `strict`. ValueError: a shape differs.
        """
        # lab 09.0
        targets = {name: p.data for name, p in self._named("_parameters")}
        targets |= dict(self._named("_buffers"))
        missing, unexpected = sorted(targets.keys() - state), sorted(state.keys() - targets)
        if strict and (missing or unexpected):
            raise KeyError(f"load_state_dict: missing {missing}, unexpected {unexpected}")
        common = [name for name in targets if name in state]
        for name in common:
            if np.shape(state[name]) != targets[name].shape:
                raise ValueError(
                    f"load_state_dict: {name} has shape {targets[name].shape}, got {np.shape(state[name])}"
                )
        for name in common:
            targets[name][...] = state[name]
        for parameter in self.parameters():
            parameter._version += 1
        return missing, unexpected
        # end lab

    def zero_grad(self) -> None:
        """Forgets the gradient of every parameter."""
        for parameter in self.parameters():
            parameter.grad = None

    def apply(self, function: Callable[[Module], object]) -> Module:
        """Calls `function` on every module, this one last; returns this one."""
        for module in self._modules.values():
            module.apply(function)
        function(self)
        return self

    def train(self, mode: bool = True) -> Module:
        """Sets `training` here and below; returns this module."""
        # lab 09.0
        for _, module in self.named_modules():
            module.training = mode
        return self
        # end lab

    def eval(self) -> Module:
        """`train(False)`."""
        return self.train(False)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses of a module without parts."""
        return ", ".join(f"{name}={p.shape}" for name, p in self._parameters.items())

    def __repr__(self) -> str:
        if not self._modules:
            return f"{type(self).__name__}({self.extra_repr()})"
        parts = (f"({n}): {m!r}".replace("\n", "\n  ") for n, m in self._modules.items())
        return f"{type(self).__name__}(\n  " + "\n  ".join(parts) + "\n)"


class ModuleList(Module):
    """Modules in a list, registered as "0", "1", ... It has no forward: loop over it."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        for module in modules:
            self.append(module)

    def append(self, module: Module) -> ModuleList:
        """Adds a module at the end. TypeError for anything else."""
        if not isinstance(module, Module):
            raise TypeError(f"{type(self).__name__}: modules are needed, got {module!r}")
        setattr(self, str(len(self)), module)
        return self

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __getitem__(self, index: int) -> Module:
        return list(self._modules.values())[index]


class Sequential(ModuleList):
    """Modules one after the other: `Sequential(Linear(2, 3), ReLU(), Linear(3, 1))`."""

    def __init__(self, *modules: Module) -> None:
        super().__init__(modules)

    def forward(self, x: Any) -> Any:
        # lab 09.1
        for module in self:
            x = module(x)
        return x
        # end lab
