"""How every network here learns: AdamW, a warm-up, then one cosine down to almost nothing."""

import keras

WARM_UP = 0.05
"""Share of the steps in which the learning rate rises."""
COLDEST = 0.001
"""Of the highest rate at the end."""
LONGEST_GRADIENT = 1.0


def adamw(
    network: keras.Model, *, steps: int, learning_rate: float, weight_decay: float
) -> keras.optimizers.Optimizer:
    """Build the optimizer of a run of so many steps; biases and normalisations do not decay.

    Args:
        network: Whose weights it moves.
        steps: Of the whole run.
        learning_rate: Its highest.
        weight_decay: AdamW's.
    """
    rate = keras.optimizers.schedules.CosineDecay(
        learning_rate / 10.0,
        max(1, round((1.0 - WARM_UP) * steps)),
        alpha=COLDEST,
        warmup_target=learning_rate,
        warmup_steps=max(1, round(WARM_UP * steps)),
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=weight_decay, clipnorm=LONGEST_GRADIENT)
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    optimizer.build(network.trainable_variables)
    return optimizer
